/** Secrets are never stored or logged. Personal data is stored only if replays and lookups need it. */

import { describe, expect, test } from "vitest";
import {
  call,
  interceptVendors,
  ledgerAt,
  loggedText,
  operationOf,
  secrets,
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

const replies = {
  clarus: { data: { id: 1, type: "accounts", attributes: { code: "X", name: person } } },
  elastic_path: { data: { id: "1", type: "account", name: person } },
  garmat: { id: "1", name: person, type: "customer", status: "active" },
  zendesk: { organization: { id: 1, name: person } },
} as const satisfies Record<Vendor, object>;

/**
 * The vendor issues the canary token, and answers creates with this status. Every answer contains the token and the
 * secret.
 */
function answerWithSecrets(vendor: Vendor, status: number): void {
  const leaks = { note: vendor === "garmat" ? secrets.RAW : `${token} ${secrets.OAUTH}` };
  interceptVendors(async (request) => {
    if (isTokenRequest(request)) return Response.json({ access_token: token, token_type: "Bearer" });
    if (!isCreate(request)) return Response.json(leaks, { status: 503 });
    if (status === 201) return Response.json({ ...replies[vendor], ...leaks }, { status });
    return Response.json({ errors: [{ detail: leaks.note }] }, { status });
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
    answerWithSecrets(vendor, 201);
    const code = vendor === "clarus" ? { code: "X" } : {};
    const created = await create({ name: person, ...code }, { idempotencyKey, headers });
    expect(created.status).toBe(201);
    expect(await stored(vendor)).toContain(person);
    await expectNoSecrets(vendor);
    expect((await operationOf(created.account?.operation ?? "")).account?.name).toBe(person);
  });

  test("of a rejected account, only the problem is stored", async () => {
    const { create } = setup(vendor);
    answerWithSecrets(vendor, 422);
    const rejected = await create({ name: person }, { idempotencyKey, headers });
    expect(rejected.problem?.code).toBe("vendor_rejected");
    await expectNoSecrets(vendor);
    expect(await stored(vendor)).not.toContain(person);
  });

  test("of an account that may exist, the data for its lookup is stored, but no secret", async () => {
    const { create, elapse } = setup(vendor);
    answerWithSecrets(vendor, 500);
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
