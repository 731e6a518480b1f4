/** A create with every field that a connection supports, and its outcome for a reply. */
import { expect } from "vitest";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { capabilities } from "../../../adapters/engine/capabilities.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { interpret, type Outcome } from "../../../adapters/engine/outcome.ts";
import { pathOf } from "../../../adapters/engine/row.ts";
import type { CanonicalField } from "../../../schemas/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { type JsonObject, setAt } from "../../../schemas/json-pointer.ts";
import { type Members, planOf, type Sample } from "./fixtures.ts";
import { onTheWire, withValueAt } from "./json.ts";

export type FullCreate = ReturnType<typeof createFully>;

export function createFully(sample: Sample, members: Members = {}) {
  const { adapter } = sample;
  const plan = planOf(sample, members);
  const supported = Object.entries(capabilities(plan)).filter(
    ([, { support }]) => support === "supported" || support === "required",
  );
  const account: JsonObject = {};
  for (const [field, { format }] of supported)
    setAt(account, pathOf(field), (format === "uuid" ? exampleUuid : examples[field]) ?? null);
  const request = accountRequestSchema([adapter]).parse(account);
  const encoded = encode(plan, request, "strict");
  expect(encoded.faults).toEqual([]);
  /** The outcome of the create if the vendor sends this reply. */
  const outcomeOf = (status: number, body: string): Outcome =>
    interpret(plan, encoded, { status, body, retryAfterSeconds: undefined });
  /** The reply of a vendor that created the account. */
  const reply = withValueAt(onTheWire(encoded.body), adapter.reply.id, "vendor-id-1");
  return { plan, encoded, outcomeOf, reply };
}

/** The outcome as text, such as `created` or `unknown: no_answer`. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "created":
      return outcome.kind;
    case "rejected":
    case "not_sent":
    case "unknown":
      return `${outcome.kind}: ${outcome.reason}`;
  }
}

const exampleUuid = "96b1f750-55d3-4768-a3f8-adffba694a2c";
const examples: Record<string, Json> = {
  name: "Acme",
  code: "ACME-1",
  external_ref: "ref-1",
  legal_name: "Acme Ltd",
  registration_id: "REG-1",
  email: "info@acme.example",
  parent_id: "1",
  active: true,
  type: "customer",
  customer_type: "mso",
  industry: "other",
  phone: "+49 30 901820",
  website: "https://acme.example",
  tax_id: "DE123456789",
  currency: "EUR",
  "address.line1": "Main Street 1",
  "address.line2": "2nd floor",
  "address.city": "Berlin",
  "address.region": "Berlin",
  "address.postal_code": "10115",
  "address.country": "DE",
} satisfies Record<CanonicalField, Json>;
