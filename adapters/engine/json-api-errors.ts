import { jsonApiErrors } from "../../schemas/json-api-errors.ts";
import type { Json } from "../../schemas/json.ts";
import type { VendorError } from "./adapter.ts";

/** Reads `{"errors": [{title, detail, source: {pointer}}]}`; total. An empty list where the body is none such. */
export function readJsonApiErrors(body: Json): VendorError[] {
  const read = jsonApiErrors.safeParse(body);
  if (!read.success) return [];
  return read.data.errors.map(({ title, detail, source }) => ({
    title: title ?? undefined,
    detail: detail ?? undefined,
    pointer: source?.pointer ?? undefined,
  }));
}
