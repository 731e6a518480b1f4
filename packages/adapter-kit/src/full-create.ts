/** A create with every field that a connection supports, and its outcome for an answer. */
import { expect } from "vitest";
import { type Adapter, fromWire } from "../../../adapters/engine/adapter.ts";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { capabilities } from "../../../adapters/engine/capabilities.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { inTableForm, interpret, type Outcome, type Reply } from "../../../adapters/engine/outcome.ts";
import type { Plan } from "../../../adapters/engine/plan.ts";
import { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
import { pathOf, pointerOf, toVendorValue } from "../../../adapters/engine/row.ts";
import type { CanonicalField } from "../../../schemas/account.ts";
import type { Json } from "../../../schemas/json.ts";
import { isObject, type JsonObject, setAt } from "../../../schemas/json-pointer.ts";
import { type Answer, type Members, planOf, type Sample } from "./fixtures.ts";
import { onTheWire, readAt, withValueAt } from "./json.ts";

export type FullCreate = ReturnType<typeof createFully>;

/** `isSent` selects the fields that the vendor does not require. */
export function createFully(sample: Sample, members: Members = {}, isSent = (_field: string) => true) {
  const { adapter } = sample;
  const plan = planOf(sample, members);
  const fields = Object.entries(capabilities(plan)).filter(
    ([field, { support }]) => support === "required" || (support === "supported" && isSent(field)),
  );
  const sent: JsonObject = { name: "Acme" };
  for (const [field] of fields) setAt(sent, pathOf(field), exampleOf(plan, field));
  const request = accountRequestSchema([adapter]).parse(sent);
  const encoded = encode(plan, request, "strict");
  expect(encoded.faults).toEqual([]);
  /** The outcome of the create if the vendor's answer has this status and body. */
  const outcomeOf = (status: number, body: string): Outcome =>
    interpret(plan, encoded, { status, body, retryAfterSeconds: undefined });
  /** The account that the vendor created, in the form of the table. */
  const reply = withValueAt(fromWire(adapter, onTheWire(encoded.body)), adapter.reply.id, "vendor-id-1");
  /** The vendor's answer that it created this account. */
  const answerOf = (account: Json): Reply => {
    const body = toWire(adapter, account);
    return toReply(sample.created?.(body, String(readAt(account, adapter.reply.id))) ?? { body });
  };
  /** The statuses of such an answer. */
  const created = sample.created === undefined ? [200, 201] : [answerOf(reply).status];
  /** The outcome if the vendor created this account. */
  const outcomeOfAccount = (account: Json, status = created[0] ?? 201): Outcome =>
    interpret(plan, encoded, { ...answerOf(account), status });
  const isPlain = sample.created === undefined && adapter.shapes === undefined && adapter.reply.normalise === undefined;
  /** The account as the vendor's answer shows it to the table. */
  const shown = (account: Json): Json => (isPlain ? account : (inTableForm(plan, answerOf(account)).body ?? null));
  /** The body as the vendor sent it. */
  const bodyOf = (account: Json): Json => readVendorJson(answerOf(account).body) ?? null;
  return { plan, encoded, outcomeOf, outcomeOfAccount, answerOf, bodyOf, created, shown, reply };
}

/** The body on the wire for a body that the table describes. */
export function toWire({ shapes = [] }: Adapter, body: Json): Json {
  return isObject(body) ? shapes.reduce((changed, shape) => shape.toWire(changed), body) : body;
}

/** An answer as the vendor client reads it. */
export function toReply({ status = 201, headers = {}, body }: Answer): Reply {
  const text = body === undefined ? "" : JSON.stringify(body);
  return { status, headers: Object.entries(headers), body: text, retryAfterSeconds: undefined };
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

/** An example that the vendor accepts in the field. */
function exampleOf({ byField }: Plan, field: string): Json {
  const row = byField.get(pointerOf(field));
  const candidates = [examples[field] ?? null, exampleUuid, ...(row?.values ?? []).map(([canonical]) => canonical)];
  const accepted = candidates.find((each) => row !== undefined && toVendorValue(row, each).kind === "value");
  if (accepted === undefined) throw new Error(`The test suite has no example for \`${field}\``);
  return accepted;
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
