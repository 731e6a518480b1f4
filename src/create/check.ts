/** Checks by reads whether a connection's vendor would accept a create now. Creates nothing. */
import { isAmbiguous, type NotSent, unavailable } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { ConnectionCheck } from "../../schemas/documents/capability.ts";
import { isTimeout, withTimeout } from "../time.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import { newTokenFor } from "../vendor-client/credentials.ts";
import { lookUp, probe } from "../vendor-client/look-up.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";

/** Some vendors allow one token per client, so a check may invalidate the token in use. Checks are therefore this far apart. */
const minIntervalMs = 10_000;

interface Check {
  result: Promise<ConnectionCheck>;
  /** Until then, every check of the connection gets this result. */
  reuseUntilMs: number;
}

const latestChecks = new WeakMap<Plan, Check>();

/**
 * Runs one check at a time per connection and isolate. Concurrent checks share it, and for `minIntervalMs` later checks get
 * its result. Creates use the token that it fetched. A failure of the vendor is a result, not an error.
 */
export async function checkConnection(
  plan: Plan,
  context: Omit<VendorContext, "deadlineMs">,
): Promise<ConnectionCheck> {
  const known = latestChecks.get(plan);
  const check = known !== undefined && context.now() < known.reuseUntilMs ? known : startCheck(plan, context);
  const waitMs = leaseMsOf(plan);
  try {
    return await withTimeout(waitMs, () => check.result);
  } catch (error) {
    // The request that began the check may be gone, and the check with it: the next caller begins a new one.
    if (latestChecks.get(plan) === check) latestChecks.delete(plan);
    if (!isTimeout(error)) throw error;
    const failure = unavailable(plan, `gave no complete answer within ${waitMs} ms`);
    return failedCheck(failure, { authorized: null, isLookup: false });
  }
}

function startCheck(plan: Plan, context: Omit<VendorContext, "deadlineMs">): Check {
  const deadlineMs = context.now() + leaseMsOf(plan);
  const result = askVendor(plan, { ...context, deadlineMs }).finally(
    () => (check.reuseUntilMs = context.now() + minIntervalMs),
  );
  const check: Check = { result, reuseUntilMs: deadlineMs };
  latestChecks.set(plan, check);
  context.waitUntil(result);
  return check;
}

async function askVendor(plan: Plan, context: VendorContext): Promise<ConnectionCheck> {
  // The token in use may be older than the credentials.
  const token = await newTokenFor(plan, context);
  if (token.kind === "not_sent") return failedCheck(token, { authorized: null, isLookup: false });
  const authorized = plan.auth.kind === "fixed" ? null : true;

  const [lookup] = plan.adapter.lookups;
  if (lookup === undefined) {
    const failure = await probe(plan, context);
    if (failure !== undefined) return failedCheck(failure, { authorized, isLookup: false });
    // A probe accepts any answer, so it does not show whether the credentials are valid.
    return { reachable: true, authorized, lookup: null, detail: null };
  }
  // No account has this value. Finding none is a success.
  const unused = { ...lookup, value: crypto.randomUUID() };
  const found = await lookUp(plan, unused, context, (reply) => reply);
  if (found.kind === "not_sent") return failedCheck(found, { authorized, isLookup: true });
  return { reachable: true, authorized: true, lookup: true, detail: null };
}

const remedies = {
  unreachable: "Check the addresses in the connection (`base_url`, `auth`), and whether the vendor is up.",
  passing: "Check again later.",
  refused: "Check the secret that `auth` names, and what the credentials may read.",
  other: "Check the addresses in the connection (`base_url`, `auth`), and what the credentials may read.",
} as const;

interface Before {
  authorized: boolean | null;
  isLookup: boolean;
}

/** `authorized`: what earlier requests showed about the credentials. */
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
  // OAuth refuses a client with 400 (RFC 6749 §5.2). A 404 only shows that the address is wrong.
  if (status === 401 || status === 403 || (status === 400 && reason === "unauthorized")) return "refused";
  return "other";
}
