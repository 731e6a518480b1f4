/** Asks a vendor for what may be there: nothing is created here. */
import type { Lookup, LookupReply, LookupRequest } from "../../adapters/engine/adapter.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import { isAmbiguous, type Reply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { readVendorJson } from "../../adapters/engine/vendor-json.ts";
import type { Json } from "../../schemas/json.ts";
import { requestVendor, type NoAnswer } from "./request-vendor.ts";
import { type NotSent, unavailable } from "./not-sent.ts";
import { recordRedactor, redactorFor } from "./redact.ts";
import type { SendContext } from "./context.ts";

/** What to ask for. */
interface LookupCall extends Lookup {
  value: string;
  /** The account that was sent, where there is one. */
  sent?: Sendable;
}

/**
 * What `interpret` makes of the vendor's reply, or why there is nothing, which is never an absence. `interpret` returns
 * `undefined` where the reply proves nothing; it keeps no record but what `clean` returns for it, without secrets.
 */
export async function lookUp<Value>(
  plan: Plan,
  lookup: LookupCall,
  context: SendContext,
  interpret: (reply: LookupReply, clean: (record: Json) => Json) => Value | undefined,
): Promise<{ kind: "answered"; value: Value } | NotSent> {
  const { method, path, query, body } = lookup.request(lookup.value);
  const url = `${plan.connection.base_url}${path}${queryOf(query)}`;
  const call = { method, url, ...(body === undefined ? {} : { body }) };
  const { answer, secrets } = await requestVendor(plan, call, context);
  if ("kind" in answer) return notAnswered(plan, answer);
  const { status } = answer;
  const refusal = refusalOf(plan, answer);
  if (refusal !== undefined) return refusal;
  const json = status === 200 ? readVendorJson(answer.body) : undefined;
  const reply = json === undefined ? undefined : lookup.read(json, lookup.value);
  const redactor = redactorFor(plan, secrets);
  const isClean = redactor.isClean(answer.body);
  const clean = isClean ? (record: Json) => record : recordRedactor(plan, lookup.sent, redactor);
  const value = reply === undefined ? undefined : interpret(reply, clean);
  if (value !== undefined) return { kind: "answered", value };
  return { ...unavailable(plan, `answered ${status} to a lookup, with nothing that can be read`), status };
}

/** Why the vendor could not take a create now, as far as a read can tell; `undefined` where nothing speaks against it. */
export async function probe(plan: Plan, context: SendContext): Promise<NotSent | undefined> {
  const { answer } = await requestVendor(plan, { method: "GET", url: plan.url, isProbe: true }, context);
  return "kind" in answer ? notAnswered(plan, answer) : refusalOf(plan, answer);
}

function notAnswered(plan: Plan, answer: NoAnswer | NotSent): NotSent {
  return answer.kind === "not_sent" ? answer : { ...unavailable(plan, ""), detail: answer.detail };
}

/** Why an answer proves nothing. A 404 comes from the vendor too: it shows that the vendor works and accepts the credentials. */
function refusalOf(plan: Plan, { status, retryAfterSeconds }: Reply): NotSent | undefined {
  const refused = { ...unavailable(plan, `answered ${status} when it was asked`), status, retryAfterSeconds };
  if (status === 401 || status === 403) return { ...refused, reason: "unauthorized" };
  if (status === 429) return { ...refused, reason: "rate_limited" };
  return isAmbiguous(status) || status < 200 || (status >= 300 && status < 400) ? refused : undefined;
}

/** A space as `%20`: `+` means one in forms alone. */
function queryOf(query: LookupRequest["query"]): string {
  return query === undefined ? "" : `?${new URLSearchParams(query).toString().replaceAll("+", "%20")}`;
}
