/** The scenarios of the testing kit. In most, a vendor or the network fails, and the real gateway handles the failure. */
import { ConnectionReset } from "../../../sandbox/faults.ts";
import type { FaultName } from "../../../sandbox/sandbox.ts";

export type Send = (request: Request) => Promise<Response>;

/** Functions that intercept requests. */
interface Interceptors {
  /** Requests from the gateway to the vendors. */
  toVendors?: (send: Send) => Send;
  /** Requests from the app to the gateway. */
  toGateway?: (send: Send) => Send;
}

export interface Scenario {
  /** The answers that the app gets. */
  description: string;
  /** The sandbox vendors' fault in every create. */
  fault?: FaultName;
  /** No vendor has a lookup. */
  hasNoLookup?: boolean;
  hasNoLedger?: boolean;
  /** Called once for each gateway. */
  createInterceptors?: () => Interceptors;
}

const scenarios = {
  created: { description: "201 and the account" },
  duplicate: { description: "409 `account_exists`: the vendor already has the account", fault: "duplicate" },
  invalid: { description: "422 `vendor_rejected`, with `errors` that point at `/name`", fault: "invalid" },
  rate_limited: { description: "429 `vendor_rate_limited` and `Retry-After: 2`", fault: "429" },
  vendor_down: {
    description: "503 `vendor_unavailable`: nothing was sent",
    createInterceptors: answeringWith(503),
  },
  credentials_refused: {
    description: "502 `vendor_auth_failed`: the app cannot correct this",
    createInterceptors: answeringWith(401),
  },
  ledger_down: { description: "503 `ledger_unavailable`, `effect: unknown`", hasNoLedger: true },
  unknown_then_created: {
    description: "504 `outcome_unknown`; then, with the same key, 201 and the account that was created",
    fault: "500-after-commit",
  },
  unreadable_then_created: {
    description: "502 `vendor_contract_violation`, `effect: unknown`; then, with the same key, 201 and the account",
    fault: "garbage-201",
  },
  needs_review: {
    description: "504 `outcome_unknown`; then, with the same key, 409 `operation_needs_review`, `retry: never`",
    fault: "500-after-commit",
    hasNoLookup: true,
  },
  in_progress_then_created: {
    description:
      "409 `operation_in_progress`, as for a request sent twice; then, with the same key, 201 and the account",
    createInterceptors: sendingTwice,
  },
  answer_lost_then_created: {
    description: "a network error; then, with the same key, 201 and `Idempotent-Replayed: true`",
    createInterceptors: losingFirstAnswers,
  },
} as const satisfies Record<string, Scenario>;

export type GatewayScenario = keyof typeof scenarios;

/** Every scenario, with the answers that an app gets. */
export const gatewayScenarios = Object.fromEntries(
  Object.entries(scenarios).map(([name, { description }]) => [name, description]),
) as Readonly<Record<GatewayScenario, string>>;

export function scenarioOf(name: GatewayScenario): Scenario {
  const scenario: Scenario | undefined = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (scenario === undefined)
    throw new TypeError(`There is no scenario \`${name}\`: use one of ${Object.keys(scenarios).join(", ")}`);
  return scenario;
}

function answeringWith(status: number) {
  return (): Interceptors => ({ toVendors: () => async () => new Response(null, { status }) });
}

/**
 * Sends the first request of each key twice. Holds the first copy before it reaches the vendor, and answers the app with the
 * answer to the second copy. Then sends the first copy to the vendor.
 */
function sendingTwice(): Interceptors {
  const isFirst = firstOfKey();
  let arrived = () => {};
  let answered = Promise.resolve();
  return {
    toVendors: (send) => async (request) => {
      arrived();
      await answered;
      return send(request);
    },
    toGateway: (send) => async (request) => {
      if (!request.headers.has("Idempotency-Key") || !isFirst(request)) return send(request);
      const arrival = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<void>();
      arrived = arrival.resolve;
      answered = answer.promise;
      await Promise.race([arrival.promise, send(request.clone())]);
      return send(request).finally(answer.resolve);
    },
  };
}

function losingFirstAnswers(): Interceptors {
  const isFirst = firstOfKey();
  return {
    toGateway: (send) => async (request) => {
      const isLost = request.method === "POST" && isFirst(request);
      const answer = await send(request);
      if (isLost) throw new ConnectionReset("The gateway's answer is lost");
      return answer;
    },
  };
}

function firstOfKey(): (request: Request) => boolean {
  const seen = new Set<string | null>();
  return ({ headers }) => {
    const key = headers.get("Idempotency-Key");
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  };
}
