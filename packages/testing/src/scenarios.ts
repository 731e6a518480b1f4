/** What an app may meet. The gateway makes each of what a vendor, or a network, does to it. */
import { ConnectionReset, type FaultName } from "../../../sandbox/faults.ts";

type Send = (request: Request) => Promise<Response>;

/** What stands between the gateway and the vendors, and between the app and the gateway. */
interface Between {
  vendors?: (send: Send) => Send;
  network?: (send: Send) => Send;
}

/** How the world around a gateway differs from one in which all goes well. */
export interface Scenario {
  /** What the app sees. */
  description: string;
  /** What the vendors do to every create. */
  fault?: FaultName;
  /** No vendor can be asked for an account again. */
  hasNoLookup?: boolean;
  hasNoLedger?: boolean;
  /** Anew for each gateway. */
  between?: () => Between;
}

const scenarios = {
  created: { description: "201 and the account" },
  duplicate: { description: "409 `account_exists`: the vendor holds such an account", fault: "duplicate" },
  invalid: { description: "422 `vendor_rejected`, with `errors` that point at `/name`", fault: "invalid" },
  rate_limited: { description: "429 `vendor_rate_limited` and `Retry-After: 2`", fault: "429" },
  vendor_down: {
    description: "503 `vendor_unavailable`: nothing was sent",
    between: answering(503),
  },
  credentials_refused: {
    description: "502 `vendor_auth_failed`: nothing that the app can mend",
    between: answering(401),
  },
  ledger_down: { description: "503 `ledger_unavailable`, `effect: unknown`", hasNoLedger: true },
  unknown_then_created: {
    description: "504 `outcome_unknown`, and with the same key 201 and the account that was created",
    fault: "500-after-commit",
  },
  unreadable_then_created: {
    description: "502 `vendor_contract_violation`, `effect: unknown`, and with the same key 201 and the account",
    fault: "garbage-201",
  },
  needs_review: {
    description: "504 `outcome_unknown`, and with the same key 409 `operation_needs_review`, `retry: never`",
    fault: "500-after-commit",
    hasNoLookup: true,
  },
  in_progress_then_created: {
    description: "409 `operation_in_progress`, as if sent twice at a time, and with the same key 201 and the account",
    between: meetingItself,
  },
  answer_lost_then_created: {
    description: "no answer but a network error, and with the same key 201 and `Idempotent-Replayed: true`",
    between: losingFirstAnswers,
  },
} as const satisfies Record<string, Scenario>;

export type GatewayScenario = keyof typeof scenarios;

/** Every scenario, with what an app sees of it. */
export const gatewayScenarios = Object.fromEntries(
  Object.entries(scenarios).map(([name, { description }]) => [name, description]),
) as Readonly<Record<GatewayScenario, string>>;

export function scenarioOf(name: GatewayScenario): Scenario {
  const scenario: Scenario | undefined = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (scenario === undefined)
    throw new TypeError(`There is no scenario \`${name}\`: name one of ${Object.keys(scenarios).join(", ")}`);
  return scenario;
}

function answering(status: number) {
  return (): Between => ({ vendors: () => async () => new Response(null, { status }) });
}

/** The first request of each key finds another of the same under way, which the vendor does not answer before this one is. */
function meetingItself(): Between {
  const isFirst = firstOfKey();
  let arrived = () => {};
  let answered = Promise.resolve();
  return {
    vendors: (send) => async (request) => {
      arrived();
      await answered;
      return send(request);
    },
    network: (send) => async (request) => {
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

function losingFirstAnswers(): Between {
  const isFirst = firstOfKey();
  return {
    network: (send) => async (request) => {
      const isLost = request.method === "POST" && isFirst(request);
      const answer = await send(request);
      if (isLost) throw new ConnectionReset("The gateway's answer is lost");
      return answer;
    },
  };
}

function firstOfKey(): (request: Request) => boolean {
  const met = new Set<string | null>();
  return ({ headers }) => {
    const key = headers.get("Idempotency-Key");
    const isFirst = !met.has(key);
    met.add(key);
    return isFirst;
  };
}
