/** The types of problems. `npm run typecheck` also checks this file. */
import { expect, expectTypeOf, test } from "vitest";
import type { AccountGatewayProblem, Created, SettledOperation } from "../../../packages/client/src/index.ts";
import { problemCodes } from "../../../schemas/problem.ts";
import { client, create, failureOf, gatewayAnswers, lost, problem, useScriptedGateway } from "./scripted-gateway.ts";

useScriptedGateway();

type Of<Code extends AccountGatewayProblem["code"]> = Extract<AccountGatewayProblem, { code: Code }>;

/** Advice for a person. The compiler reports an error if a code is missing. */
function advice(thrown: AccountGatewayProblem): string {
  switch (thrown.code) {
    case "invalid_json":
    case "connection_required":
    case "idempotency_key_required":
    case "invalid_idempotency_key":
    case "invalid_header":
    case "invalid_query":
    case "unauthenticated":
    case "operator_required":
    case "connection_not_found":
    case "not_found":
    case "method_not_allowed":
    case "body_too_large":
    case "unsupported_media_type":
    case "idempotency_key_reused":
    case "invalid_resolution":
    case "operation_not_in_review":
      return "correct the app";
    case "account_exists":
    case "invalid_account":
    case "unsupported_field":
    case "missing_field":
    case "vendor_rejected":
      return `correct ${(thrown.errors ?? []).map(({ pointer }) => pointer).join()}`;
    case "operation_in_progress":
    case "outcome_unknown":
    case "vendor_contract_violation":
    case "ledger_unavailable":
    case "no_answer":
    case "aborted":
      return "send it again with the same key";
    case "operation_needs_review":
    case "still_open":
      return `follow ${thrown.operation}`;
    case "vendor_rate_limited":
    case "queue_full":
    case "too_many_operations":
    case "internal_error":
    case "misconfigured":
    case "vendor_auth_failed":
    case "vendor_unavailable":
      return "try later";
    case "unreadable_answer":
      return `look into ${thrown.status}`;
    case "unrecognized_problem":
      return `update for ${thrown.received.code}`;
    default:
      return thrown satisfies never;
  }
}

test.each(problemCodes.options)("%s narrows the type of the problem", async (code) => {
  gatewayAnswers(problem({ code, errors: [{ pointer: "/code", detail: "Taken" }], operation: "demo.1" }));
  expect(advice((await failureOf(create({ timeoutMs: 1 }))).problem)).toMatch(/\w/);
});

test("an error's message has the code and the detail", async () => {
  gatewayAnswers(lost);
  const error = await failureOf(create({ timeoutMs: 1 }));
  expect(String(error)).toBe(`AccountGatewayError: no_answer: ${error.problem.detail}`);
  expect(error.cause).toEqual(new TypeError("fetch failed"));
});

test("the code decides the types of the other members", () => {
  expectTypeOf<Of<"account_exists">["status"]>().toEqualTypeOf<409>();
  expectTypeOf<Of<"account_exists">["effect"]>().toEqualTypeOf<"none">();
  expectTypeOf<Of<"account_exists">["retry"]>().toEqualTypeOf<"never">();
  expectTypeOf<Of<"outcome_unknown">["effect"]>().toEqualTypeOf<"unknown">();
});

test("a create without respondAsync returns an account", () => {
  const { accounts, operations } = client();
  expectTypeOf(() => accounts.create({ name: "Acme" })).returns.resolves.toEqualTypeOf<Created>();
  expectTypeOf(() =>
    accounts.create({ name: "Acme" }, { respondAsync: true }),
  ).returns.resolves.not.toEqualTypeOf<Created>();
  expectTypeOf<Extract<SettledOperation, { state: "created" }>["account"]>().not.toBeNullable();
  expectTypeOf(operations.wait).returns.resolves.toEqualTypeOf<SettledOperation>();
});
