/** The answers that an app gets in each scenario. Uses only `fetch`, so that it runs in every runtime. */
import { type GatewayScenario, gatewayScenarios } from "../../../packages/testing/src/index.ts";

export const scenarioNames = Object.keys(gatewayScenarios) as GatewayScenario[];
export const connections = ["demo-clarus", "demo-elastic-path", "demo-garmat"] as const;
export type DemoConnection = (typeof connections)[number];

/**
 * An answer as text: its status, code, effect, retry, pointers and headers. Examples: `201 replayed`, and
 * `429 vendor_rate_limited none later wait`.
 */
export type AnswerText = string;

interface Create {
  connection?: string;
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

/** Sends the same create several times with one key. */
export async function createRepeatedly(connection: string, times: number): Promise<AnswerText[]> {
  const answers: AnswerText[] = [];
  for (let left = times; left > 0; left -= 1) {
    answers.push(await create({ connection }).then(answerText, () => "network error"));
  }
  return answers;
}

interface Answer {
  code?: string;
  effect?: string;
  retry?: string;
  errors?: { pointer: string }[];
  warnings?: { code: string }[];
}

export async function answerText(response: Response): Promise<AnswerText> {
  const { status, headers } = response;
  const { code, effect, retry, errors = [], warnings = [] }: Answer = await response.json();
  const isProblem = headers.get("Content-Type") === "application/problem+json";
  const isReconciled = warnings.some((warning) => warning.code === "reconciled");
  // Ignore the replay header of a reconciled account: it depends on when the ledger found the account.
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

const onEach = (...answers: AnswerText[]): Record<DemoConnection, AnswerText[]> => ({
  "demo-clarus": answers,
  "demo-elastic-path": answers,
  "demo-garmat": answers,
});

const unknown = "504 outcome_unknown unknown same_key wait";
const reconciled = ["201 reconciled", "201 reconciled"];

export const expected: Record<GatewayScenario, Record<DemoConnection, AnswerText[]>> = {
  created: onEach("201", "201 replayed"),
  duplicate: {
    ...onEach('409 account_exists none never ""', '409 account_exists none never "" replayed'),
    // Clarus's only unique field is the code. Here, the code is derived from the name.
    "demo-clarus": ['409 account_exists none never "/name"', '409 account_exists none never "/name" replayed'],
  },
  invalid: onEach('422 vendor_rejected none never "/name"', '422 vendor_rejected none never "/name" replayed'),
  rate_limited: onEach("429 vendor_rate_limited none later wait", "429 vendor_rate_limited none later wait"),
  vendor_down: {
    ...onEach("503 vendor_unavailable none later", "503 vendor_unavailable none later"),
    // Garmat needs no token, so the gateway sends the create and gets no answer.
    "demo-garmat": [unknown],
  },
  credentials_refused: onEach("502 vendor_auth_failed none later", "502 vendor_auth_failed none later"),
  ledger_down: onEach("503 ledger_unavailable unknown same_key", "503 ledger_unavailable unknown same_key"),
  // Garmat has no unique field, so the operation needs a review after the settle window.
  unknown_then_created: { ...onEach(unknown, ...reconciled), "demo-garmat": [unknown, unknown] },
  unreadable_then_created: {
    ...onEach("502 vendor_contract_violation unknown same_key wait", ...reconciled),
    "demo-garmat": [
      "502 vendor_contract_violation unknown same_key wait",
      "502 vendor_contract_violation unknown same_key wait",
    ],
  },
  needs_review: onEach(unknown, "409 operation_needs_review unknown never", "409 operation_needs_review unknown never"),
  in_progress_then_created: onEach("409 operation_in_progress unknown same_key wait"),
  answer_lost_then_created: onEach("network error", "201 replayed"),
};

interface OperationAnswer {
  id: string;
  state: string;
}

/** Reads an operation by its id, or by the problem that names it. */
export async function operationOf(idOrProblem: string | Response): Promise<OperationAnswer> {
  const named: { operation: string } =
    typeof idOrProblem === "string" ? { operation: idOrProblem } : await idOrProblem.json();
  const response = await fetch(`https://gateway.test/v1/operations/${named.operation}`, {
    headers: { Authorization: "Bearer demo-key" },
  });
  return response.json();
}
