/** Asks a vendor for what may be there: nothing is created here. */
import type { Lookup, LookupVerdict } from "../../adapters/engine/adapter.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import { isAmbiguous, type Reply } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { readVendorJson } from "../../adapters/engine/vendor-json.ts";
import type { Json } from "../../schemas/json.ts";
import { exchange, type NoAnswer } from "./exchange.ts";
import { type NotSent, unavailable } from "./not-sent.ts";
import { redactorFor, redactRecord } from "./redact.ts";
import type { SendContext } from "./send-context.ts";

/** What a lookup for what was sent shows, or why it shows nothing; that is never an absence. */
export async function lookUp(
  plan: Plan,
  { method, path, query, body, read }: Lookup,
  context: SendContext,
  sent?: Sendable,
): Promise<Exclude<LookupVerdict, { verdict: "unreadable" }> | NotSent> {
  const url = `${plan.connection.base_url}${path}${queryOf(query)}`;
  const call = { method, url, ...(body === undefined ? {} : { body }) };
  const { answer, secrets } = await exchange(plan, call, context);
  if ("kind" in answer) return notAnswered(plan, answer);
  const { status } = answer;
  const refusal = refusalOf(plan, answer);
  if (refusal !== undefined) return refusal;
  const unreadable = { ...unavailable(plan, `answered ${status} to a lookup, with nothing that can be read`), status };
  if (status !== 200) return unreadable;
  const reply = readVendorJson(answer.body);
  const verdict = reply === undefined ? undefined : read(reply);
  if (verdict === undefined || verdict.verdict === "unreadable") return unreadable;
  const redactor = redactorFor(plan, secrets);
  if (redactor.isClean(answer.body)) return verdict;
  const clean = (record: Json) => redactRecord(plan, sent, record, redactor);
  switch (verdict.verdict) {
    case "ours":
      return { ...verdict, record: clean(verdict.record) };
    case "candidates":
      return { ...verdict, records: verdict.records.map(clean) };
    case "taken":
    case "absent":
      return verdict;
  }
}

/** Why the vendor could not take a create now, as far as a read can tell; `undefined` where nothing speaks against it. */
export async function probe(plan: Plan, context: SendContext): Promise<NotSent | undefined> {
  const { answer } = await exchange(plan, { method: "GET", url: plan.url, isProbe: true }, context);
  return "kind" in answer ? notAnswered(plan, answer) : refusalOf(plan, answer);
}

function notAnswered(plan: Plan, answer: NoAnswer | NotSent): NotSent {
  return answer.kind === "not_sent" ? answer : { ...unavailable(plan, ""), detail: answer.detail };
}

/** Of any answer but one that comes from the vendor itself and lets us in: even "no such page" does. */
function refusalOf(plan: Plan, { status, retryAfterSeconds }: Reply): NotSent | undefined {
  const refused = { ...unavailable(plan, `answered ${status} when it was asked`), status, retryAfterSeconds };
  if (status === 401 || status === 403) return { ...refused, reason: "unauthorized" };
  if (status === 429) return { ...refused, reason: "rate_limited" };
  return isAmbiguous(status) || status < 200 || (status >= 300 && status < 400) ? refused : undefined;
}

/** A space as `%20`: `+` means one in forms alone. */
function queryOf(query: Lookup["query"]): string {
  return query === undefined ? "" : `?${new URLSearchParams(query).toString().replaceAll("+", "%20")}`;
}
