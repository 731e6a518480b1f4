/** Whether a connection's vendor would take a create now, as far as reads can tell: nothing is created. */
import { isAmbiguous } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { ConnectionCheck } from "../../schemas/documents/capability.ts";
import { isTimeout, within } from "../vendor-client/deadline.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";
import { lookUp, probe } from "../vendor-client/look-up.ts";
import { type NotSent, unavailable } from "../vendor-client/not-sent.ts";
import type { SendContext } from "../vendor-client/context.ts";
import { newTokenFor } from "../vendor-client/tokens.ts";

/** A check may end the token in use at a vendor that keeps one per client, so checks are this far apart. */
const minIntervalMs = 10_000;

interface Check {
  result: Promise<ConnectionCheck>;
  /** Until then, this result answers every check of the connection. */
  untilMs: number;
}

const latest = new WeakMap<Plan, Check>();

/**
 * One check at a time per connection and isolate: concurrent checks share it, and for `intervalMs` later ones get its
 * result. Creates use the token that it fetched. The result names every failure of the vendor.
 */
export async function checkConnection(plan: Plan, context: Omit<SendContext, "untilMs">): Promise<ConnectionCheck> {
  const known = latest.get(plan);
  const check = known !== undefined && context.now() < known.untilMs ? known : begin(plan, context);
  const waitMs = leaseMsOf(plan);
  try {
    return await within(waitMs, () => check.result);
  } catch (error) {
    // The request that began it may be gone, and its check with it. The next caller begins a new one.
    if (latest.get(plan) === check) latest.delete(plan);
    if (!isTimeout(error)) throw error;
    const failure = unavailable(plan, `gave no complete answer within ${waitMs} ms`);
    return failedCheck(failure, { authorized: null, isLookup: false });
  }
}

function begin(plan: Plan, context: Omit<SendContext, "untilMs">): Check {
  const untilMs = context.now() + leaseMsOf(plan);
  const result = askVendor(plan, { ...context, untilMs }).finally(
    () => (check.untilMs = context.now() + minIntervalMs),
  );
  const check: Check = { result, untilMs };
  latest.set(plan, check);
  context.waitUntil(result);
  return check;
}

async function askVendor(plan: Plan, context: SendContext): Promise<ConnectionCheck> {
  // A token that is held tells nothing of credentials that were changed since.
  const exchanged = await newTokenFor(plan, context);
  if ("failure" in exchanged) return failedCheck(exchanged.failure, { authorized: null, isLookup: false });
  const authorized = plan.auth.kind === "token" ? true : null;

  const [lookup] = plan.adapter.lookups;
  if (lookup === undefined) {
    const failure = await probe(plan, context);
    if (failure !== undefined) return failedCheck(failure, { authorized, isLookup: false });
    // To a probe any page may be the answer, so that it tells nothing of the credentials.
    return { reachable: true, authorized, lookup: null, detail: null };
  }
  // No account has it, and that none is found is an answer.
  const unused = { ...lookup, value: crypto.randomUUID() };
  const found = await lookUp(plan, unused, context, (reply) => reply);
  if (found.kind === "not_sent") return failedCheck(found, { authorized, isLookup: true });
  return { reachable: true, authorized: true, lookup: true, detail: null };
}

const remedies = {
  unreachable: "Check its addresses (`base_url` and those of `auth`), and whether the vendor is up.",
  passing: "Check again later.",
  refused: "Check the secret that its `auth` names, and what the credentials may read.",
  other: "Check its addresses (`base_url` and those of `auth`), and what the credentials may read.",
} as const;

interface Before {
  authorized: boolean | null;
  isLookup: boolean;
}

/** `authorized`: what was told of the credentials before this. */
function failedCheck(failure: NotSent, { authorized, isLookup }: Before): ConnectionCheck {
  const why = failureReason(failure);
  return {
    reachable: why !== "unreachable",
    authorized: why === "refused" ? false : authorized,
    lookup: isLookup && why === "other" ? false : null,
    detail: `${failure.detail}. ${remedies[why]}`,
  };
}

function failureReason({ status, reason }: NotSent): keyof typeof remedies {
  if (status === undefined) return "unreachable";
  if (status === 429 || isAmbiguous(status)) return "passing";
  // Of a token: 400 is how OAuth refuses a client (RFC 6749 §5.2); 404 speaks of the address alone.
  if (status === 401 || status === 403 || (status === 400 && reason === "unauthorized")) return "refused";
  return "other";
}
