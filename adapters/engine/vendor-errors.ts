/** A vendor's complaints, translated into pointers at the caller's own body. */
import type { ProblemError } from "../../schemas/problem.ts";
import type { VendorError } from "./adapter.ts";
import type { Encoded } from "./encode.ts";
import type { Plan, Row } from "./plan.ts";

/** One error for each of the vendor's; the pointer is `""`, the whole body, where the vendor names no field that can be recognised. */
export function translateErrors(plan: Plan, encoded: Encoded, errors: readonly VendorError[]): ProblemError[] {
  return errors.map(({ pointer, title, detail }) => {
    const text = detail ?? title ?? "";
    const row = (pointer === undefined ? undefined : rowAt(plan, pointer)) ?? rowNamedIn(plan, text);
    return { pointer: row === undefined ? "" : sourceOf(encoded, row), detail: text || "The vendor gives no detail" };
  });
}

/** The one unique field that was sent, which a duplicate must be a duplicate of. */
export function uniqueSource(plan: Plan, encoded: Encoded): string | undefined {
  const unique = plan.rows.filter((row) => row.unique && encoded.sources.has(row.to));
  const [row] = unique;
  return row !== undefined && unique.length === 1 ? sourceOf(encoded, row) : undefined;
}

/** A complaint about a leaf that the gateway filled points at what it was filled from. */
function sourceOf(encoded: Encoded, row: Row): string {
  return encoded.sources.get(row.to) ?? row.field;
}

function rowAt(plan: Plan, pointer: string): Row | undefined {
  return plan.byTarget.get(pointer) ?? rowsByName(plan).get(plain(pointer.split("/").at(-1) ?? ""));
}

/**
 * The row whose vendor name stands in prose, such as `field 'Name' on the 'min' tag` or `registration id is taken`.
 * A quoted name counts before a bare one; bare names count only where they are of one field.
 */
function rowNamedIn(plan: Plan, text: string): Row | undefined {
  const rows = rowsByName(plan);
  const quoted = [...text.matchAll(/['"`]([\w .-]{1,64})['"`]/g)].map(([, name = ""]) => rows.get(plain(name)));
  const first = quoted.find((row) => row !== undefined);
  if (first !== undefined) return first;
  const words = text.match(/[A-Za-z][\w]*/g) ?? [];
  const found = new Set<Row>();
  for (let index = 0; index < words.length; index += 1) {
    const pair = rows.get(plain(`${words[index]}${words[index + 1] ?? ""}`));
    const row = pair ?? rows.get(plain(words[index] ?? ""));
    if (row !== undefined) found.add(row);
    // The second word of a name such as `legal name` is not a name of its own.
    if (pair !== undefined) index += 1;
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

function rowsByName(plan: Plan): Map<string, Row> {
  const named = plan.rows.map((row) => [row.path.at(-1) ?? "", row] as const);
  // Prose says `parent` of what the body calls `parent_id`; a full name counts before a short one.
  const short = named.filter(([name]) => name.endsWith("_id")).map(([name, row]) => [name.slice(0, -3), row] as const);
  return new Map([...short, ...named].map(([name, row]) => [plain(name), row]));
}

/** `registration_id`, `RegistrationID` and `registration id` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
