/** The pointers that the compiler accepts in a table with the type of the vendor's body. */
import { expectTypeOf, test } from "vitest";
import { defineAdapter } from "../../../adapters/engine/adapter.ts";

interface Body {
  name: string;
  labels: string[];
  contacts?: { email?: string | null }[] | null;
  properties: Record<string, string>;
}
const define = defineAdapter<Body>();
type Pointers = keyof Parameters<typeof define>[0]["constants"];

test("a table can name leaves, arrays and their items, and no other pointer", () => {
  expectTypeOf<Pointers>().toEqualTypeOf<
    "/name" | "/labels" | `/labels/${number}` | "/contacts" | `/contacts/${number}/email` | `/properties/${string}`
  >();
});
