/** Secrets are never stored or logged. Personal data is stored only if replays and lookups need it. */

import { describe, expect, test } from "vitest";
import {
  call,
  interceptVendors,
  ledgerAt,
  loggedText,
  operationOf,
  secrets,
  secretsOf,
  setup,
  storedRows,
  useLedgers,
  type Vendor,
  vendors,
} from "../../../support/workerd/ledger.ts";
import { isCreate, isTokenRequest } from "../../../support/vendor-requests.ts";

useLedgers();

const token = "canary-vendor-token-0123456789";
const idempotencyKey = "canary-idempotency-key";
const headers = { "X-Canary": "canary-header", "User-Agent": "canary-agent" };
const forbidden = [
  ...Object.values(secrets),
  token,
  idempotencyKey,
  "canary-header",
  "canary-agent",
  "demo-key",
  "Bearer",
];
const person = "Erika Mustermann";

const stored = (vendor: Vendor): Promise<string> => ledgerAt(vendor).inStorage(storedRows);

/**
 * The vendor issues the canary token, and answers creates with this status. Every answer contains the token, if there is one, and
 * the secrets.
 */
async function answerWithSecrets(vendor: Vendor, status: number): Promise<void> {
  await ledgerAt(vendor).acceptToken(token);
  let note = secretsOf(vendor).join(" ");
  interceptVendors(async (request, pass) => {
    if (isTokenRequest(request)) {
      note = `${token} ${note}`;
      return Response.json({ access_token: token, token_type: "Bearer" });
    }
    if (!isCreate(request)) return Response.json({ note }, { status: 503 });
    if (status === 201) return Response.json({ ...Object(await (await pass()).json()), note }, { status });
    return Response.json({ errors: [{ detail: note }] }, { status });
  });
}

async function expectNoSecrets(vendor: Vendor): Promise<void> {
  const everything = (await stored(vendor)) + loggedText();
  for (const canary of forbidden) expect(everything).not.toContain(canary);
  expect(loggedText()).not.toContain(person);
}

describe.each(vendors)("%s", (vendor) => {
  test("a created account is stored for its replay, and not logged", async () => {
    const { create } = setup(vendor);
    await answerWithSecrets(vendor, 201);
    const created = await create({ name: person }, { idempotencyKey, headers });
    expect(created.status).toBe(201);
    expect(await stored(vendor)).toContain(person);
    await expectNoSecrets(vendor);
    expect((await operationOf(created.account?.operation ?? "")).account?.name).toBe(person);
  });

  test("of a rejected account, only the problem is stored", async () => {
    const { create } = setup(vendor);
    await answerWithSecrets(vendor, 422);
    const rejected = await create({ name: person }, { idempotencyKey, headers });
    expect(rejected.problem?.code).toBe("vendor_rejected");
    await expectNoSecrets(vendor);
    expect(await stored(vendor)).not.toContain(person);
  });

  test("of an account that may exist, the data for its lookup is stored, but no secret", async () => {
    const { create, elapse } = setup(vendor);
    await answerWithSecrets(vendor, 500);
    const unknown = await create({ name: person }, { idempotencyKey, headers });
    expect(unknown.problem?.code).toBe("outcome_unknown");
    await elapse(60_000);
    await expectNoSecrets(vendor);
    const shown = JSON.stringify(await operationOf(unknown.problem?.operation ?? ""));
    for (const canary of forbidden) expect(shown).not.toContain(canary);
  });
});

test("of an account that the gateway refuses, nothing is stored", async () => {
  const { create } = setup("garmat");
  const refused = await create({ name: person, email: "erika@example.com" }, { idempotencyKey, headers });
  expect(refused.problem?.code).toBe("unsupported_field");
  expect(await stored("garmat")).not.toContain(person);
  expect((await call("/v1/operations?connection=garmat")).text).not.toContain("erika");
});
