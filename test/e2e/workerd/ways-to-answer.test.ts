// Over a real network: each way to send a create and to answer it that no table can say. The vendor plays a script.
/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import type { Sample } from "../../../packages/adapter-kit/src/fixtures.ts";
import { createApp } from "../../../src/app.ts";
import { digests } from "../../support/gateway-keys.ts";
import type { Script, ScriptedAnswer, ScriptedRequest } from "../../support/scripted-vendor.ts";
import { followed, located, named, shaped, variants, written } from "../../support/variants.ts";
import { silenceLog } from "../../support/workerd/network-gateway.ts";
import { useVariables } from "../../support/workerd/worker.ts";

const vendor = inject("tcpVendor");
const app = createApp(variants.map(({ adapter }) => adapter));
const secret = "a-secret-0123456789";
const settleWindowMs = 60_000;

silenceLog();

/** The gateway waits a second before it asks for a result. The tests do not wait. */
const { setTimeout: startTimer } = globalThis;
beforeEach(() => {
  vi.stubGlobal("setTimeout", (run: () => void, durationMs?: number) =>
    startTimer(run, durationMs === 1000 ? 0 : durationMs),
  );
});
afterEach(() => void vi.unstubAllGlobals());

interface Row {
  variant: Sample;
  account?: object;
  /** Changes to the connection. */
  connection?: object;
  script: Script;
  /** The requests that the vendor gets, without token requests. */
  sent: { kind: string; query?: string; headers?: object; body?: unknown }[];
  answer: object;
}

const json = (body: unknown, status = 200): ScriptedAnswer => ({ status, body });
const created = (body: unknown): ScriptedAnswer => json(body, 201);
const unknown = { status: 504, code: "outcome_unknown", effect: "unknown" };
const unreadable = { status: 502, code: "vendor_contract_violation", effect: "unknown" };
const sending = (body: unknown, kind = "POST /accounts") => ({ kind, body });

const put = "PUT /tenants/a%2Fb%20c/accounts";
const acme = { name: "Acme", external_ref: "r-1" };
const token = json({ access_token: "token-1", expires_in: 3600 });
const newToken = json({ access_token: "token-2", expires_in: 3600 });
const accepted: ScriptedAnswer = { status: 202, body: { job: "j1" } };
const pending = json({ job: "j1" });
const done = json({ status: "done", account: { id: "7", name: "Acme", ref: "r-1" } });
const sentOnce = sending({ name: "Acme", ref: "r-1" });
const asked = { kind: "GET /jobs/j1" };

const rows: Record<string, Row> = {
  "a form body, sent with PUT to a path with a setting": {
    variant: written,
    account: { name: "Acme & Co", external_ref: "r-1", industry: "automotive" },
    script: { [put]: [created({ id: "7", name: "Acme & Co", metadata: { ref: "r-1" }, sector: "AUTO" })] },
    sent: [
      {
        kind: put,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "name=Acme+%26+Co&metadata%5Bref%5D=r-1&sector=AUTO",
      },
    ],
    answer: { status: 201, id: "7", name: "Acme & Co", external_ref: "r-1", industry: "automotive" },
  },
  "an array, a split field and joined fields": {
    variant: shaped,
    account: { name: "Ada King Lovelace", email: "ada@acme.example", code: "A1", external_ref: "r:1" },
    script: {
      "POST /accounts": [
        created({
          id: "7",
          first_name: "Ada",
          last_name: "King Lovelace",
          key: "A1:r:1",
          emails: [{ kind: "work", address: "ada@acme.example" }],
        }),
      ],
    },
    sent: [
      sending({
        emails: [{ kind: "work", address: "ada@acme.example" }],
        first_name: "Ada",
        last_name: "King Lovelace",
        key: "A1:r:1",
      }),
    ],
    answer: {
      status: 201,
      id: "7",
      name: "Ada King Lovelace",
      email: "ada@acme.example",
      code: "A1",
      external_ref: "r:1",
      warnings: [],
    },
  },
  "a rejection that points into an array, a split field and joined fields": {
    variant: shaped,
    account: { name: "Ada Lovelace", email: "ada@acme.example", code: "A1", external_ref: "r-1" },
    script: {
      "POST /accounts": [
        json(
          {
            errors: ["/emails/0/address", "/last_name", "/key"].map((pointer) => ({
              detail: "is wrong",
              source: { pointer },
            })),
          },
          422,
        ),
      ],
    },
    sent: [{ kind: "POST /accounts" }],
    answer: {
      status: 422,
      code: "vendor_rejected",
      errors: ["/email", "/name", "/code"].map((pointer) => ({ pointer, detail: "is wrong" })),
    },
  },
  "a property that the tenant names, a slot of any name and a list as a constant": {
    variant: named,
    account: { ...acme, legal_name: "Acme Ltd" },
    connection: { mapping: { legal_name: "tenant_legal" } },
    script: {
      "POST /accounts": [
        created({
          id: "7",
          labels: ["customer"],
          properties: { name: "Acme", crm_key: "r-1", tenant_legal: "Acme Ltd" },
        }),
      ],
    },
    sent: [sending({ labels: ["customer"], properties: { name: "Acme", crm_key: "r-1", tenant_legal: "Acme Ltd" } })],
    answer: { status: 201, id: "7", name: "Acme", external_ref: "r-1", legal_name: "Acme Ltd", vendor_fields: {} },
  },
  "a success in which the list has another value": {
    variant: named,
    script: { "POST /accounts": [created({ id: "7", labels: [], properties: { name: "Acme", crm_key: "r-1" } })] },
    sent: [{ kind: "POST /accounts" }],
    answer: unreadable,
  },
  "an id in `Location`, without a body": {
    variant: located,
    script: { "POST /accounts": [{ status: 204, headers: { location: "/accounts/7" }, body: "" }] },
    sent: [sentOnce],
    answer: { status: 201, id: "7", name: null },
  },
  "no `Location`": {
    variant: located,
    script: { "POST /accounts": [{ status: 204, body: "" }] },
    sent: [sentOnce],
    answer: unreadable,
  },
  "a secret in `Location`": {
    variant: located,
    script: { "POST /accounts": [{ status: 204, headers: { location: `/accounts/${secret}` }, body: "" }] },
    sent: [sentOnce],
    answer: { status: 201, id: "[redacted]" },
  },
  "a result that follows": {
    variant: followed,
    script: { "POST /token": [token], "POST /accounts": [accepted], "GET /jobs/j1": [pending, done] },
    sent: [sentOnce, asked, asked],
    answer: { status: 201, id: "7", name: "Acme", external_ref: "r-1" },
  },
  "a rejection that follows": {
    variant: followed,
    script: {
      "POST /token": [token],
      "POST /accounts": [accepted],
      "GET /jobs/j1": [json({ status: "failed", errors: [{ detail: "is wrong", source: { pointer: "/name" } }] })],
    },
    sent: [sentOnce, asked],
    answer: { status: 422, code: "vendor_rejected", errors: [{ pointer: "/name", detail: "is wrong" }] },
  },
  "a token that is refused while the result is pending": {
    variant: followed,
    script: {
      "POST /token": [token, newToken],
      "POST /accounts": [accepted],
      "GET /jobs/j1": [json({}, 401), done],
    },
    sent: [
      { ...sentOnce, headers: { authorization: "Bearer token-1" } },
      { ...asked, headers: { authorization: "Bearer token-1" } },
      { ...asked, headers: { authorization: "Bearer token-2" } },
    ],
    answer: { status: 201, id: "7" },
  },
  "errors and resets while the result is pending": {
    variant: followed,
    script: {
      "POST /token": [token],
      "POST /accounts": [accepted],
      "GET /jobs/j1": ["reset", json({}, 503), json({}, 429), done],
    },
    sent: [sentOnce, asked, asked, asked, asked],
    answer: { status: 201, id: "7" },
  },
  "a result that does not follow in time": {
    variant: followed,
    script: {
      "POST /token": [token],
      "POST /accounts": [accepted],
      "GET /jobs/j1": [{ status: 200, headers: { "retry-after": "60" }, body: { job: "j1" } }],
    },
    sent: [sentOnce, asked],
    answer: unknown,
  },
};

interface Answer {
  status: number;
  [member: string]: unknown;
}

let vendors = 0;
/** A connection to the vendor that plays the script, over a ledger of its own. */
async function connect({ variant, connection, script }: Pick<Row, "variant" | "connection" | "script">) {
  const marker = `ways-${(vendors += 1)}-${crypto.randomUUID().slice(0, 8)}`;
  const records = `${vendor.origin}/__script/${marker}`;
  await fetch(records, { method: "PUT", body: JSON.stringify(script) });
  const variables = {
    VENDOR_SECRET: secret,
    CONNECTION_WAYS: {
      id: marker,
      vendor: variant.adapter.vendor,
      base_url: `${vendor.origin}/scripted/${marker}`,
      auth: variant.auth[0],
      require_key: false,
      settle_window_ms: settleWindowMs,
      ...variant.settings,
      ...connection,
    },
    KEY_DEMO: { name: "demo", sha256: [digests["demo-key"]], connections: ["*"] },
  };
  useVariables(variables);
  const environment: Record<string, unknown> = { ...variables, LEDGERS: env.LEDGERS };
  const create = async (account: object, key?: string): Promise<Answer> => {
    const context = createExecutionContext();
    const headers = { Authorization: "Bearer demo-key", "Content-Type": "application/json" };
    const request = new Request("https://gateway.test/v1/accounts", {
      method: "POST",
      headers: key === undefined ? headers : { ...headers, "Idempotency-Key": key },
      body: JSON.stringify(account),
    });
    const response = await app.fetch(request, environment, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    expect(text).not.toContain(secret);
    return { ...JSON.parse(text), status: response.status };
  };
  const requests = async (): Promise<ScriptedRequest[]> => {
    const recorded: ScriptedRequest[] = await (await fetch(records)).json();
    return recorded.filter(({ kind }) => kind !== "POST /token");
  };
  return { create, requests };
}

/** The body as JSON, if it is JSON. */
function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
const requestsIn = (recorded: ScriptedRequest[]) => recorded.map((each) => ({ ...each, body: read(each.body) }));

describe.each([
  ["without a key", undefined],
  ["with a key", "key-1"],
])("%s", (_, key) => {
  test.each(Object.entries(rows))("%s", async (_what, { account = acme, sent, answer, ...row }) => {
    const { create, requests } = await connect(row);
    expect(await create(account, key)).toMatchObject(answer);
    expect(requestsIn(await requests())).toMatchObject(sent);
  });
});

describe("the vendor's own idempotency key", () => {
  const account = { name: "Acme", external_ref: "r-1" };
  const script = { [put]: [created({ id: "7", name: "Acme", metadata: { ref: "r-1" } })] };

  test("is the operation's id, and is left out without a key", async () => {
    const { create, requests } = await connect({ variant: written, script });
    expect(await create(account)).toMatchObject({ status: 201 });
    const { operation } = await create(account, "key-1");
    const [unkeyed, keyed] = await requests();
    expect(unkeyed?.headers).not.toHaveProperty("vendor-key");
    const stamp = String(keyed?.headers["vendor-key"]).replaceAll("-", "");
    expect(stamp).toBe(String(operation).split(".").at(-1)?.replaceAll("-", ""));
  });

  test("makes the outcome unknown while the first request is in progress", async () => {
    const errors = { errors: [{ detail: "is in progress" }] };
    const { create } = await connect({ variant: written, script: { [put]: [json(errors, 409)] } });
    expect(await create(account)).toMatchObject({ status: 422, code: "vendor_rejected" });
    expect(await create(account, "key-1")).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
  });
});

describe("a lookup whose status means that there is no account", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  const account = { id: "7", labels: ["customer"], properties: { name: "Acme", crm_key: "r-1" } };
  /** The answers to a create that is lost, and to the same request after the settle window and again. */
  async function recover(lookup: ScriptedAnswer) {
    const script = { "POST /accounts": ["reset", created(account)], "GET /accounts": [lookup] } satisfies Script;
    const { create, requests } = await connect({ variant: named, script });
    const answers = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      answers.push(await create(acme, "key-1"));
      vi.setSystemTime(Date.now() + 2 * settleWindowMs);
    }
    const recorded = await requests();
    return { answers, sends: recorded.filter(({ kind }) => kind === "POST /accounts").length, recorded };
  }

  test("the vendor's own 404 is an absence, so the account is sent again", async () => {
    const { answers, sends, recorded } = await recover(json({ code: "no_such_account" }, 404));
    expect(answers[0]).toMatchObject(unknown);
    expect(answers.at(-1)).toMatchObject({ status: 201, id: "7" });
    expect(sends).toBe(2);
    expect(recorded.find(({ kind }) => kind === "GET /accounts")?.query).toBe("crm_key=r-1");
  });

  test("an account is found", async () => {
    const { answers, sends } = await recover(json(account));
    expect(answers.at(-1)).toMatchObject({ status: 201, id: "7", warnings: [{ code: "reconciled" }] });
    expect(sends).toBe(1);
  });

  test.each<[what: string, ScriptedAnswer]>([
    ["a proxy's 404", { status: 404, body: "<html><h1>404 Not Found</h1></html>" }],
    ["a 404 with other JSON", json({ message: "no Route matched with those values" }, 404)],
    ["the vendor's body with another status", json({ code: "no_such_account" }, 410)],
    ["the vendor's body with 503", json({ code: "no_such_account" }, 503)],
    ["no answer", "reset"],
  ])("%s proves nothing, so the account is not sent again", async (_, lookup) => {
    const { answers, sends } = await recover(lookup);
    expect(answers.every(({ effect }) => effect === "unknown")).toBe(true);
    expect(sends).toBe(1);
  });
});
