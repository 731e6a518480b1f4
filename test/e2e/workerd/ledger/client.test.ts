/** The published client before the gateway itself, both in workerd: what it makes of answers that a ledger gives. */
import { expect, test, vi } from "vitest";
import { AccountGatewayError, createAccountGateway } from "../../../../packages/client/src/index.ts";
import {
  afterCommit,
  beforeCommit,
  call,
  elapse,
  held,
  isCreate,
  type Key,
  newKey,
  runAlarm,
  sends,
  traffic,
  useLedgers,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";

useLedgers();

/** Hands a request on to the gateway, and lets a test act between the answer and the client. */
function clientOf({
  key = "demo-key",
  connection = "elastic-path",
  answered = () => {},
}: { key?: Key; connection?: string; answered?: () => void } = {}) {
  return createAccountGateway({
    baseUrl: "https://gateway.test",
    key,
    connection,
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      // These two the other side adds of its own.
      const { authorization, "content-type": _json, ...headers } = Object.fromEntries(request.headers);
      expect(authorization).toBe(`Bearer ${key}`);
      const body = request.method === "GET" ? undefined : await request.text();
      const {
        status,
        headers: told,
        text,
      } = await call(`${pathname}${search}`, { key, method: request.method, headers, body });
      answered();
      return new Response(text, { status, headers: told });
    },
  });
}

test("an account whose creation nobody confirmed is found, and never created twice", async () => {
  vendorsAnswer(afterCommit);
  const answered = vi.fn<() => void>(vendorsAreThemselves);
  const { account, idempotencyKey } = await clientOf({ answered }).accounts.create({ name: "Acme" });
  expect(answered).toHaveBeenCalledTimes(2);
  expect(account).toMatchObject({ name: "Acme", warnings: [{ code: "reconciled" }] });
  expect(await held("elastic_path")).toHaveLength(1);
  expect(sends()).toBe(1);
  const again = await clientOf().accounts.create({ name: "Acme" }, { idempotencyKey });
  expect(again).toEqual({ kind: "created", account, isReplay: true, idempotencyKey, requestId: expect.any(String) });
});

test("a create is followed from the queue to its account", async () => {
  const { accounts, operations } = clientOf();
  const idempotencyKey = newKey();
  const accepted = await accounts.create({ name: "Acme" }, { respondAsync: true, idempotencyKey });
  if (accepted.kind !== "accepted") throw new Error("The gateway did not wait");
  const { id } = accepted.operation;
  expect(await operations.get(id)).toMatchObject({ state: "queued" });
  await runAlarm("elastic_path");
  expect(await operations.wait(id)).toMatchObject({ state: "created", account: { name: "Acme" } });
  expect(await operations.list()).toMatchObject({ operations: [{ id, state: "created" }], next_cursor: null });
  expect(await accounts.create({ name: "Acme" }, { respondAsync: true, idempotencyKey })).toMatchObject({
    kind: "created",
    account: { operation: id },
  });
});

test("what only a person can tell is thrown, and resolved by an operator", async () => {
  vendorsAnswer(beforeCommit);
  const idempotencyKey = newKey();
  const { accounts } = clientOf({ connection: "garmat" });
  const create = () => accounts.create({ name: "Acme" }, { idempotencyKey, timeoutMs: 500 });
  const outcome = () => create().catch((error: unknown) => error);
  expect(await outcome()).toMatchObject({ idempotencyKey, problem: { code: "outcome_unknown", effect: "unknown" } });
  await elapse("garmat", 3_600_000);
  const error = await outcome();
  if (!(error instanceof AccountGatewayError) || error.problem.code !== "operation_needs_review") throw error;
  const { operation = "" } = error.problem;
  const { operations } = clientOf({ key: "operator-key", connection: "garmat" });
  expect(await operations.wait(operation)).toMatchObject({ state: "needs_review" });
  const resolution = { outcome: "created", vendor_id: "42", reason: "Seen in the vendor's list" } as const;
  expect(await operations.resolve(operation, resolution)).toMatchObject({ state: "created", account: { id: "42" } });
  expect(await create()).toMatchObject({ account: { id: "42" }, isReplay: true });
});

test("what a connection can carry, and would be sent, is told", async () => {
  const { accounts, connections } = clientOf();
  expect((await connections.list()).map(({ id }) => id)).toEqual(["clarus", "elastic-path", "garmat", "zendesk"]);
  expect(await connections.schema()).toMatchObject({ type: "object", required: ["name"] });
  const [preview, ...others] = await accounts.preview({ name: "Acme" });
  expect(preview).toMatchObject({ connection: "elastic-path", request: { body: { data: { name: "Acme" } } } });
  expect(others).toEqual([]);
  expect(traffic().filter(isCreate)).toEqual([]);
});
