/** The kinds of value that a vendor's leaf can hold, each with what to say of a value that is none. */
import * as z from "zod";
import type { Json } from "../../schemas/json.ts";

interface Kind {
  schema: z.ZodType<string | number | boolean>;
  noun: string;
  /** Whether two values of the kind mean the same. */
  same: (sent: Json, received: Json) => boolean;
}

const identical = (sent: Json, received: Json): boolean => sent === received;

export const valueKinds = {
  string: { schema: z.string({ error: "Must be a string" }), noun: "a string", same: identical },
  integer: { schema: z.int({ error: "Must be an integer within ±2^53" }), noun: "an integer", same: identical },
  boolean: { schema: z.boolean({ error: "Must be a boolean" }), noun: "a boolean", same: identical },
  datetime: {
    schema: z.iso.datetime({ offset: true, error: "Must be a date-time with an offset (RFC 3339 §5.6)" }),
    noun: "a date-time with an offset (RFC 3339 §5.6)",
    // A vendor may report the same instant with another offset or another number of digits.
    same: (sent, received) => Date.parse(String(sent)) === Date.parse(String(received)),
  },
  uuid: {
    schema: z.guid({ error: "Must be a UUID" }),
    noun: "a UUID",
    same: (sent, received) => String(sent).toLowerCase() === String(received).toLowerCase(),
  },
} as const satisfies Record<string, Kind>;

export type ValueKind = keyof typeof valueKinds;
