/** Checks whether a connection's vendor would accept a create now. Sends only read requests. */
import { isAmbiguous, type NotSent, unavailable } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { ConnectionCheck } from "../../schemas/documents/capability.ts";
import { isTimeout, withTimeout } from "../time.ts";
import type { VendorContext } from "../vendor-client/context.ts";
import { newTokenFor } from "../vendor-client/credentials.ts";
import { lookUp, probe } from "../vendor-client/look-up.ts";
import { leaseMsOf } from "../vendor-client/request-vendor.ts";

/** The time between two checks. Some vendors allow one token per client, so each check may invalidate the token in use. */
const minIntervalMs = 10_000;

interface Check {
  result: Promise<ConnectionCheck>;
  /** Until this time, other callers get the same result. */
  reuseUntilMs: number;
}

const latestChecks = new WeakMap<Plan, Check>();

/**
 * Runs at most one check at a time per connection and isolate. Concurrent callers share the check, and callers in the next
 * `minIntervalMs` get its result. Later creates use the token that the check fetched. If the vendor fails, that is a result,
 * not an error.
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
    // The check may have ended with the Worker request that started it, so the next caller must start a new one.
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
  // The cached token may have been issued for older credentials, so request a new one.
  const token = await newTokenFor(plan, context);
  if (token.kind === "not_sent") return failedCheck(token, { authorized: null, isLookup: false });
  const authorized = plan.auth.kind === "token" ? true : null;

  const [lookup] = plan.adapter.lookups;
  if (lookup === undefined) {
    const failure = await probe(plan, context);
    if (failure !== undefined) return failedCheck(failure, { authorized, isLookup: false });
    // A probe succeeds if the answer shows no failure. That does not prove that the credentials are valid.
    return { reachable: true, authorized, lookup: null, detail: null };
  }
  // No account has this random value. The lookup succeeds if it finds none.
  const unused = { ...lookup, value: crypto.randomUUID() };
  const found = await lookUp(plan, unused, context, (reply) => reply);
  if (found.kind === "not_sent") return failedCheck(found, { authorized, isLookup: true });
  return { reachable: true, authorized: true, lookup: true, detail: null };
}

/** The next step for the reader, by the cause of the failure. */
const remedies = {
  unreachable: "Check the addresses in the connection (`base_url`, `auth`), and whether the vendor is up.",
  temporary: "Check again later.",
  refused: "Check the secret that `auth` names, and what the credentials may read.",
  other: "Check the addresses in the connection (`base_url`, `auth`), and what the credentials may read.",
} as const;

interface CheckProgress {
  /** What earlier requests of the check showed about the credentials; `null` if nothing. */
  authorized: boolean | null;
  /** Whether the lookup failed. */
  isLookup: boolean;
}

function failedCheck(failure: NotSent, { authorized, isLookup }: CheckProgress): ConnectionCheck {
  const cause = causeOf(failure);
  return {
    reachable: failure.status !== undefined,
    authorized: cause === "refused" ? false : authorized,
    lookup: isLookup && cause === "other" ? false : null,
    detail: `${failure.detail}. ${remedies[cause]}`,
  };
}

function causeOf({ status, reason }: NotSent): keyof typeof remedies {
  // Without a status, the credentials are at fault if the gateway cannot sign a token request.
  if (status === undefined) return reason === "unauthorized" ? "refused" : "unreachable";
  if (status === 429 || isAmbiguous(status)) return "temporary";
  // A token endpoint may refuse a client with 400 (RFC 6749 §5.2). A 404 only shows that an address is wrong.
  if (status === 401 || status === 403 || (status === 400 && reason === "unauthorized")) return "refused";
  return "other";
}
