/** Stripe has an idempotency key of its own: a create whose answer was lost is repeated, and makes exactly one customer. */
import { expect, test } from "vitest";
import { isCreate, isLookup } from "../../support/vendor-requests.ts";
import { day, hour } from "../../support/time.ts";
import {
  advance,
  historyOf,
  idOf,
  operationOf,
  setup,
  stampOf,
  traffic,
  useLedgers,
} from "../../support/workerd/ledger.ts";

useLedgers();

const sameKey = { idempotencyKey: "order-1" };
const account = { name: "Acme", email: "office@acme.example", address: { city: "Berlin", country: "DE" } };
const createsSent = () => traffic().filter(isCreate);
const lookupsSent = () => traffic().filter(isLookup);

test("a create whose answer was lost is repeated with the same key and makes exactly one customer", async () => {
  const { create, createAndLoseAnswer, accounts } = setup("stripe");
  const lost = await createAndLoseAnswer(account, sameKey);
  expect([lost.status, lost.problem?.effect]).toEqual([504, "unknown"]);
  const repeated = await create(account, sameKey);
  expect(repeated.status).toBe(201);
  expect(await accounts()).toMatchObject([{ ...account, id: repeated.account?.id }]);

  const stamp = stampOf(idOf(lost));
  const form = new URLSearchParams([
    ["name", "Acme"],
    ["metadata[external_ref]", stamp],
    ["email", "office@acme.example"],
    ["address[city]", "Berlin"],
    ["address[country]", "DE"],
  ]);
  const sent = createsSent().map(({ headers, body }) => [headers["idempotency-key"], body]);
  expect(sent).toEqual([
    [stamp, form.toString()],
    [stamp, form.toString()],
  ]);
  expect(lookupsSent()).toEqual([]);
});

test("without any request, the ledger repeats the create", async () => {
  const { createAndLoseAnswer, elapse, accounts } = setup("stripe");
  const lost = await createAndLoseAnswer(account);
  await elapse(60_000);
  expect(await operationOf(idOf(lost))).toMatchObject({ state: "created" });
  expect(await accounts()).toHaveLength(1);
});

test("if Stripe has saved a 500, the ledger looks the customer up once Stripe may have forgotten the key", async () => {
  const { create, elapse, accounts } = setup("stripe");
  const name = "fault:500-after-commit";
  const lost = await create({ name }, sameKey);
  expect(lost.problem?.effect).toBe("unknown");
  expect((await create({ name }, sameKey)).problem?.effect).toBe("unknown");
  expect(lookupsSent()).toEqual([]);
  advance(day - hour);
  await elapse(2 * hour);
  expect(await operationOf(idOf(lost))).toMatchObject({ state: "created" });
  expect((await historyOf(idOf(lost))).at(-1)).toMatch(/^created found /);
  expect(await accounts()).toHaveLength(1);
});
