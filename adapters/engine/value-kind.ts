/** The kinds of value that a vendor's field can hold. */
import * as z from "zod/mini";
import type { Json } from "../../schemas/json.ts";

interface Kind {
  schema: z.ZodMiniType<string | number | boolean>;
  /** The noun in the message "Must be …". */
  noun: string;
  /** Whether two values have the same meaning. */
  same: (sent: Json, received: Json) => boolean;
}

const identical = (sent: Json, received: Json): boolean => sent === received;

/** Compares two strings. Any other pair of values counts as different. */
const betweenStrings =
  (same: (sent: string, received: string) => boolean) =>
  (sent: Json, received: Json): boolean =>
    typeof sent === "string" && typeof received === "string" && same(sent, received);

const datetime = z.iso.datetime({ offset: true, error: "Must be a date-time such as 2024-01-31T12:00:00Z" });

/** The instant of a date-time, with every digit of the fraction. `Date.parse` drops the digits after the milliseconds. */
function instantOf(value: string): string | undefined {
  if (!datetime.safeParse(value).success) return undefined;
  const seconds = value.slice(0, "2024-01-31T12:00:00".length);
  const [, fraction = "", offset = ""] = /^(?:\.(\d*[1-9])?0*)?(Z|[+-].*)$/.exec(value.slice(seconds.length)) ?? [];
  return `${Date.parse(seconds + offset)}.${fraction}`;
}

export const valueKinds = {
  string: { schema: z.string({ error: "Must be a string" }), noun: "a string", same: identical },
  integer: { schema: z.int({ error: "Must be an integer within ±2^53" }), noun: "an integer", same: identical },
  boolean: { schema: z.boolean({ error: "Must be a boolean" }), noun: "a boolean", same: identical },
  datetime: {
    schema: datetime,
    noun: "a date-time such as 2024-01-31T12:00:00Z",
    // A vendor may report the same instant with another offset, or with other trailing zeros.
    same: betweenStrings((sent, received) => {
      const instant = instantOf(sent);
      return instant !== undefined && instant === instantOf(received);
    }),
  },
  uuid: {
    schema: z.guid({ error: "Must be a UUID" }),
    noun: "a UUID",
    same: betweenStrings((sent, received) => sent.toLowerCase() === received.toLowerCase()),
  },
} as const satisfies Record<string, Kind>;

export type ValueKind = keyof typeof valueKinds;

/** Whether a value is of the kind. The schema decides only if the value's type does not. */
export function isOfKind(kind: ValueKind, value: Json): value is string | number | boolean {
  if (kind === "string" || kind === "boolean") return typeof value === kind;
  return valueKinds[kind].schema.safeParse(value).success;
}
