/** What an app sees of each scenario: by nothing but `fetch`, so that it can be looked at in every runtime. */
import { type GatewayScenario, gatewayScenarios } from "../../../packages/testing/src/index.ts";

export const scenarioNames = Object.keys(gatewayScenarios) as GatewayScenario[];
export const connections = ["demo-clarus", "demo-elastic-path", "demo-garmat"] as const;
export type DemoConnection = (typeof connections)[number];

/** Such as `201 replayed`, or `429 vendor_rate_limited none later wait`: status, code, effect, retry, pointers, and what its headers say. */
export type Sighting = string;

interface Create {
  connection?: DemoConnection;
  idempotencyKey?: string | null;
  name?: string;
  headers?: Record<string, string>;
}

export function create({
  connection = "demo-elastic-path",
  idempotencyKey = "signup-1",
  name = "Acme Corporation",
  headers = {},
}: Create = {}): Promise<Response> {
  return fetch("https://gateway.test/v1/accounts", {
    method: "POST",
    headers: {
      Authorization: "Bearer demo-key",
      "Gateway-Connection": connection,
      "Content-Type": "application/json",
      ...(idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey }),
      ...headers,
    },
    body: JSON.stringify({ name }),
  });
}

/** The same create, sent so many times under one key. */
export async function look(connection: DemoConnection, times: number): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  for (let left = times; left > 0; left -= 1) {
    sightings.push(await create({ connection }).then(describe, () => "network error"));
  }
  return sightings;
}

interface Told {
  code?: string;
  effect?: string;
  retry?: string;
  errors?: { pointer: string }[];
  warnings?: { code: string }[];
}

async function describe(response: Response): Promise<Sighting> {
  const { status, headers } = response;
  const { code, effect, retry, errors = [], warnings = [] }: Told = await response.json();
  const isProblem = headers.get("Content-Type") === "application/problem+json";
  const isReconciled = warnings.some((warning) => warning.code === "reconciled");
  // Whether the ledger itself was first to find an account is a matter of time.
  const isReplay = headers.has("Idempotent-Replayed") && !isReconciled;
  return [
    status,
    ...(isProblem ? [code, effect, retry] : []),
    ...errors.map(({ pointer }) => `"${pointer}"`),
    ...(isReconciled ? ["reconciled"] : []),
    ...(headers.has("Retry-After") ? ["wait"] : []),
    ...(isReplay ? ["replayed"] : []),
  ].join(" ");
}

const alike = (...sightings: Sighting[]): Record<DemoConnection, Sighting[]> => ({
  "demo-clarus": sightings,
  "demo-elastic-path": sightings,
  "demo-garmat": sightings,
});

const unknown = "504 outcome_unknown unknown same_key wait";
const reconciled = ["201 reconciled", "201 reconciled"];

export const expected: Record<GatewayScenario, Record<DemoConnection, Sighting[]>> = {
  created: alike("201", "201 replayed"),
  duplicate: {
    ...alike('409 account_exists none never ""', '409 account_exists none never "" replayed'),
    // Of Clarus's fields but the code is unique, and here it was filled from the name.
    "demo-clarus": ['409 account_exists none never "/name"', '409 account_exists none never "/name" replayed'],
  },
  invalid: alike('422 vendor_rejected none never "/name"', '422 vendor_rejected none never "/name" replayed'),
  rate_limited: alike("429 vendor_rate_limited none later wait", "429 vendor_rate_limited none later wait"),
  vendor_down: {
    ...alike("503 vendor_unavailable none later", "503 vendor_unavailable none later"),
    // Without a token to fetch before, the create itself is what the vendor does not answer.
    "demo-garmat": [unknown],
  },
  credentials_refused: alike("502 vendor_auth_failed none later", "502 vendor_auth_failed none later"),
  ledger_down: alike("503 ledger_unavailable unknown same_key", "503 ledger_unavailable unknown same_key"),
  // Nothing tells Garmat's accounts apart: a review, once the attempt is over for certain.
  unknown_then_created: { ...alike(unknown, ...reconciled), "demo-garmat": [unknown, unknown] },
  unreadable_then_created: {
    ...alike("502 vendor_contract_violation unknown same_key wait", ...reconciled),
    "demo-garmat": [
      "502 vendor_contract_violation unknown same_key wait",
      "502 vendor_contract_violation unknown same_key wait",
    ],
  },
  needs_review: alike(unknown, "409 operation_needs_review unknown never", "409 operation_needs_review unknown never"),
  in_progress_then_created: alike("409 operation_in_progress unknown same_key wait"),
  answer_lost_then_created: alike("network error", "201 replayed"),
};

interface OperationSeen {
  id: string;
  state: string;
}

/** The operation of that id, or that a problem names. */
export async function operationOf(told: string | Response): Promise<OperationSeen> {
  const named: { operation: string } = typeof told === "string" ? { operation: told } : await told.json();
  const response = await fetch(`https://gateway.test/v1/operations/${named.operation}`, {
    headers: { Authorization: "Bearer demo-key" },
  });
  return response.json();
}
