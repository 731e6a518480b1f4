/** Read requests to a vendor: look for accounts, or probe whether the vendor works. */
import { fromWire, type Lookup, type LookupReply, type LookupRequest } from "../../adapters/engine/adapter.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import { isAmbiguous, type NotSent, type Reply, toVendorReply, unavailable } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { readVendorJson } from "../../adapters/engine/vendor-json.ts";
import type { Json } from "../../schemas/json.ts";
import type { VendorContext } from "./context.ts";
import { recordRedactor, redactorFor } from "./redact.ts";
import { type NoAnswer, requestVendor, type VendorCall, withQuery } from "./request-vendor.ts";

interface LookupCall extends Lookup {
  /** The value to look for. */
  value: string;
  /** The account that was sent, if any. */
  sent?: Sendable;
}

/**
 * Makes a lookup and calls `interpret` with the vendor's reply. Returns the value from `interpret`, or why the lookup failed.
 * A failed lookup does not mean that the account is absent. `interpret` returns `undefined` if the reply proves nothing. It
 * must pass each record that it keeps through `redact`, which redacts the secrets.
 */
export async function lookUp<Value>(
  plan: Plan,
  lookup: LookupCall,
  context: VendorContext,
  interpret: (reply: LookupReply, redact: (record: Json) => Json) => Value | undefined,
): Promise<{ kind: "answered"; value: Value } | NotSent> {
  const request = lookup.request(lookup.value, plan.connection);
  const { answer, secrets } = await requestVendor(plan, readCall(plan, request), context);
  if (answer.kind !== "reply") return notAnswered(plan, answer);
  const { status } = answer;
  const failure = readFailure(plan, answer);
  if (failure !== undefined) return failure;
  const reply = readLookup(plan, lookup, answer);
  const redactor = redactorFor(plan, secrets);
  const isClean = redactor.isClean(answer.body);
  const redact = isClean ? (record: Json) => record : recordRedactor(plan, lookup.sent, redactor);
  const value = reply === undefined ? undefined : interpret(reply, redact);
  if (value !== undefined) return { kind: "answered", value };
  return { ...unavailable(plan, `answered a lookup with ${status} and content that the gateway cannot read`), status };
}

function readLookup({ adapter }: Plan, lookup: LookupCall, answer: Reply): LookupReply | undefined {
  if (answer.status !== 200)
    return lookup.isAbsent?.(toVendorReply(answer)) === true ? { records: [], isComplete: true } : undefined;
  const json = readVendorJson(answer.body);
  const reply = json === undefined ? undefined : lookup.read(json, lookup.value);
  return reply && { ...reply, records: reply.records.map((record) => fromWire(adapter, record)) };
}

/** Sends a read request. Returns why a create would fail now; `undefined` if the answer shows no failure. */
export async function probe(plan: Plan, context: VendorContext): Promise<NotSent | undefined> {
  const { answer } = await requestVendor(plan, { method: "GET", url: plan.url, isProbe: true }, context);
  return answer.kind === "reply" ? readFailure(plan, answer) : notAnswered(plan, answer);
}

function notAnswered(plan: Plan, answer: NoAnswer | NotSent): NotSent {
  return answer.kind === "not_sent" ? answer : { ...unavailable(plan, ""), detail: answer.detail };
}

/** Why a read failed; `undefined` if it succeeded. A 404 is not a failure: the vendor works and accepts the credentials. */
function readFailure(plan: Plan, { status, retryAfterSeconds }: Reply): NotSent | undefined {
  const failure = { ...unavailable(plan, `answered a read request with ${status}`), status, retryAfterSeconds };
  if (status === 401 || status === 403) return { ...failure, reason: "unauthorized" };
  if (status === 429) return { ...failure, reason: "rate_limited" };
  return isAmbiguous(status) || status < 200 || (status >= 300 && status < 400) ? failure : undefined;
}

/** The call of a read request below the connection's base URL. */
export function readCall({ connection }: Plan, { method, path, query, body }: LookupRequest): VendorCall {
  // Without the slash, `path` could continue the name of the host.
  const url = `${connection.base_url}${path.startsWith("/") ? "" : "/"}${path}`;
  return { method, url: query === undefined ? url : withQuery(url, query), ...(body === undefined ? {} : { body }) };
}
