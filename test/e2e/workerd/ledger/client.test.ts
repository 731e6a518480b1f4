/** The published client against the gateway, both in workerd, with answers that need a ledger. */
import { expect, test, vi } from "vitest";
import { AccountGatewayError, createAccountGateway } from "../../../../packages/client/src/index.ts";
import {
  acme,
  call,
  connectionOf,
  interceptVendors,
  loseAnswers,
  loseCreates,
  newIdempotencyKey,
  restoreVendors,
  sends,
  setup,
  traffic,
  useLedgers,
  vendors,
} from "../../../support/workerd/ledger.ts";
import type { Key } from "../../../support/gateway-keys.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

/** A client of the gateway; `answered` runs after each answer, before the client sees it. */
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
      // `call` adds these two headers itself.
      const { authorization, "content-type": _json, ...headers } = Object.fromEntries(request.headers);
      expect(authorization).toBe(`Bearer ${key}`);
      const body = request.method === "GET" ? undefined : await request.text();
      const {
        status,
        headers: answerHeaders,
        text,
      } = await call(`${pathname}${search}`, { key, method: request.method, headers, body });
      answered();
      return new Response(text, { status, headers: answerHeaders });
    },
  });
}

test("an account whose answer is lost is found, and not created twice", async () => {
  const { accounts } = setup("elastic_path");
  interceptVendors(loseAnswers);
  const answered = vi.fn<() => void>(restoreVendors);
  const { account, idempotencyKey } = await clientOf({ answered }).accounts.create(acme);
  expect(answered).toHaveBeenCalledTimes(2);
  expect(account).toMatchObject({ name: "Acme", warnings: [{ code: "reconciled" }] });
  expect(await accounts()).toHaveLength(1);
  expect(sends()).toBe(1);
  const again = await clientOf().accounts.create(acme, { idempotencyKey });
  expect(again).toEqual({ kind: "created", account, isReplay: true, idempotencyKey, requestId: expect.any(String) });
});

test("the client follows a create from the queue to its account", async () => {
  const { runAlarm } = setup("elastic_path");
  const { accounts, operations } = clientOf();
  const idempotencyKey = newIdempotencyKey();
  const accepted = await accounts.create(acme, { respondAsync: true, idempotencyKey });
  if (accepted.kind !== "accepted") throw new Error("The create was not accepted");
  const { id } = accepted.operation;
  expect(await operations.get(id)).toMatchObject({ state: "queued" });
  await runAlarm();
  expect(await operations.wait(id)).toMatchObject({ state: "created", account: { name: "Acme" } });
  expect(await operations.list()).toMatchObject({ operations: [{ id, state: "created" }], next_cursor: null });
  expect(await accounts.create(acme, { respondAsync: true, idempotencyKey })).toMatchObject({
    kind: "created",
    account: { operation: id },
  });
});

test("the client throws what needs a person's review, and an operator resolves it", async () => {
  const { elapse } = setup("garmat");
  interceptVendors(loseCreates);
  const idempotencyKey = newIdempotencyKey();
  const { accounts } = clientOf({ connection: "garmat" });
  const create = () => accounts.create(acme, { idempotencyKey, timeoutMs: 500 });
  const outcome = () => create().catch((error: unknown) => error);
  expect(await outcome()).toMatchObject({ idempotencyKey, problem: { code: "outcome_unknown", effect: "unknown" } });
  await elapse(3_600_000);
  const error = await outcome();
  if (!(error instanceof AccountGatewayError) || error.problem.code !== "operation_needs_review") throw error;
  const { operation = "" } = error.problem;
  const { operations } = clientOf({ key: "operator-key", connection: "garmat" });
  expect(await operations.wait(operation)).toMatchObject({ state: "needs_review" });
  const resolution = { outcome: "created", vendor_id: "42", reason: "Seen in the vendor's list" } as const;
  expect(await operations.resolve(operation, resolution)).toMatchObject({ state: "created", account: { id: "42" } });
  expect(await create()).toMatchObject({ account: { id: "42" }, isReplay: true });
});

test("the client reads a connection's schema, and previews a create", async () => {
  const { accounts, connections } = clientOf();
  expect((await connections.list()).map(({ id }) => id)).toEqual(vendors.map(connectionOf));
  expect(await connections.schema()).toMatchObject({ type: "object", required: ["name"] });
  const [preview, ...others] = await accounts.preview({ name: "Acme" });
  expect(preview).toMatchObject({ connection: "elastic-path", request: { body: { data: { name: "Acme" } } } });
  expect(others).toEqual([]);
  expect(traffic().filter(isCreate)).toEqual([]);
});
