/** Nothing of a secret is stored or logged, and no more of a person than the replay and the reconciliation need. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import {
  call,
  create,
  elapse,
  isCreate,
  ledgerOf,
  loggedText,
  operationOf,
  secrets,
  useLedgers,
  type Vendor,
  vendors,
  vendorsAnswer,
} from "./ledger.ts";

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

/** Every value of every row of every table. */
async function stored(vendor: Vendor): Promise<string> {
  return runInDurableObject(ledgerOf(vendor), (_ledger, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const readable = tables.filter(({ name }) => !name.startsWith("_cf_"));
    return JSON.stringify(readable.map(({ name }) => sql.exec(`SELECT * FROM ${name}`).toArray()));
  });
}

const replies = {
  clarus: { data: { id: 1, type: "accounts", attributes: { code: "X", name: person } } },
  elastic_path: { data: { id: "1", type: "account", name: person } },
  garmat: { id: "1", name: person, type: "customer", status: "active" },
  zendesk: { organization: { id: 1, name: person } },
} as const satisfies Record<Vendor, object>;

/** Vendors that hand out the canary for a token, repeat it and the secret they know in all they say, and answer creates so. */
function vendorsSay(vendor: Vendor, status: number): void {
  const leaks = { note: vendor === "garmat" ? secrets.RAW : `${token} ${secrets.OAUTH}` };
  vendorsAnswer(async (request) => {
    if (/tokens?$/.test(new URL(request.url).pathname))
      return Response.json({ access_token: token, token_type: "Bearer" });
    if (!isCreate(request)) return Response.json(leaks, { status: 503 });
    if (status === 201) return Response.json({ ...replies[vendor], ...leaks }, { status });
    return Response.json({ errors: [{ detail: leaks.note }] }, { status });
  });
}

async function holdClean(vendor: Vendor): Promise<void> {
  const everything = (await stored(vendor)) + loggedText();
  for (const canary of forbidden) expect(everything).not.toContain(canary);
  expect(loggedText()).not.toContain(person);
}

describe.each(vendors)("%s", (vendor) => {
  test("of an account that was created, what its replay says", async () => {
    vendorsSay(vendor, 201);
    const code = vendor === "clarus" ? { code: "X" } : {};
    const created = await create(vendor, { name: person, ...code }, { idempotencyKey, headers });
    expect(created.status).toBe(201);
    expect(await stored(vendor)).toContain(person);
    await holdClean(vendor);
    expect((await operationOf(created.account?.operation ?? "")).account?.name).toBe(person);
  });

  test("of one that was rejected, nothing but the problem", async () => {
    vendorsSay(vendor, 422);
    const rejected = await create(vendor, { name: person }, { idempotencyKey, headers });
    expect(rejected.problem?.code).toBe("vendor_rejected");
    await holdClean(vendor);
    expect(await stored(vendor)).not.toContain(person);
  });

  test("of one that may exist, what it is looked for by", async () => {
    vendorsSay(vendor, 500);
    const unknown = await create(vendor, { name: person }, { idempotencyKey, headers });
    expect(unknown.problem?.code).toBe("outcome_unknown");
    await elapse(vendor, 60_000);
    await holdClean(vendor);
    const shown = JSON.stringify(await operationOf(unknown.problem?.operation ?? ""));
    for (const canary of forbidden) expect(shown).not.toContain(canary);
  });
});

test("of one that today's configuration refuses, nothing at all", async () => {
  const refused = await create("garmat", { name: person, email: "erika@example.com" }, { idempotencyKey, headers });
  expect(refused.problem?.code).toBe("unsupported_field");
  expect(await stored("garmat")).not.toContain(person);
  expect((await call("/v1/operations?connection=garmat")).text).not.toContain("erika");
});
