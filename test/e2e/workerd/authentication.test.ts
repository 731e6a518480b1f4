// Over a real network: a vendor that checks the credentials accepts those of every scheme, and no secret appears anywhere.
/// <reference types="@cloudflare/vitest-plugin/types" />
import { createExecutionContext, env, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import {
  authAdapters,
  authVariables,
  type AuthVendorName,
  authVendorNames,
  connectionTo,
  newKeyPair,
  vendorSecret,
} from "../../support/auth-vendor.ts";
import { contractOf } from "../../support/contract.ts";
import { storedRows } from "../../support/workerd/ledger.ts";
import { countsOf, newMarker } from "../../support/workerd/network-gateway.ts";
import { type Ledger, useVariables } from "../../support/workerd/worker.ts";

const vendor = inject("tcpVendor");
const app = createApp(authAdapters);
const checkContract = contractOf(authAdapters);

let pair: Awaited<ReturnType<typeof newKeyPair>>;
let logged: string[] = [];

beforeAll(async () => void (pair = await newKeyPair()));
beforeEach(() => {
  logged = [];
  for (const level of ["log", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...line) => void logged.push(line.join(" ")));
});
afterEach(() => {
  vi.restoreAllMocks();
  useVariables({});
});

/** A gateway with one connection to a vendor that checks the credentials. */
function setUp(name: AuthVendorName, secret = name === "jwtBearer" ? pair.privateKey : vendorSecret) {
  const marker = newMarker();
  const behaviour = name === "jwtBearer" ? `auth-jwtBearer:${pair.publicKey}` : `auth-${name}`;
  const variables = authVariables(name, `${vendor.origin}/${behaviour}/${marker}`, secret);
  useVariables(variables);
  const environment: Record<string, unknown> = { ...variables, LEDGERS: env.LEDGERS };

  async function post(path: string, headers: Record<string, string> = {}) {
    const context = createExecutionContext();
    const body = JSON.stringify({ name: "Acme" });
    const init = {
      method: "POST",
      headers: { Authorization: "Bearer demo-key", "Content-Type": "application/json", ...headers },
      body,
    };
    const request = new Request(`https://gateway.test${path}`, init);
    const response = await app.fetch(request, environment, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    checkContract({ method: "POST", path, sent: body, status: response.status, headers: response.headers, text });
    return {
      status: response.status,
      text,
      json: JSON.parse(text),
      shown: text + JSON.stringify([...response.headers]),
    };
  }
  /** How many creates and token requests the vendor received. */
  async function received() {
    const paths = Object.entries(await countsOf(marker)).map(
      ([request, count]) => [request.split("?")[0], count] as const,
    );
    const countOf = (end: string) => paths.find(([path]) => path?.endsWith(end))?.[1] ?? 0;
    return { creates: countOf("/accounts"), tokens: countOf("/token") };
  }
  return { post, received };
}

/** A secret in each form that a vendor or the gateway could write. */
const formsOf = (secret: string): string[] => [
  secret,
  btoa(secret).slice(0, -4),
  btoa(`gateway:${secret}`).slice(-12),
  encodeURIComponent(secret),
  "canary",
];

describe.each(authVendorNames)("%s", (name) => {
  const hasToken = name === "jwtBearer" || name === "refreshToken";

  test("the vendor accepts the credentials; a refused token is renewed once; no secret is shown, logged or stored", async () => {
    const { post, received } = setUp(name);
    const created = await post("/v1/accounts?include=vendor_response,fields", { "Idempotency-Key": newMarker() });
    expect(created).toMatchObject({ status: 201, json: { id: "42", vendor_fields: { echo: expect.anything() } } });
    expect(created.json.vendor_fields.echo).toContain("[redacted]");
    expect(await received()).toEqual(hasToken ? { creates: 2, tokens: 2 } : { creates: 1, tokens: 0 });

    const rows = await runInDurableObject<Ledger, string>(
      env.LEDGERS.getByName(connectionTo(name)),
      (_ledger, { storage }) => storedRows(storage),
    );
    expect(rows).toContain("Acme");
    const preview = await post("/v1/accounts/preview");
    const output = [created.shown, preview.shown, rows, ...logged].join("\n");
    for (const form of formsOf(name === "jwtBearer" ? pair.privateKey : vendorSecret))
      expect(output).not.toContain(form);
    expect(logged.length).toBeGreaterThan(1);
  });

  test("a wrong secret is refused, and no secret is shown or logged", async () => {
    const wrong = name === "jwtBearer" ? (await newKeyPair()).privateKey : `wrong-${vendorSecret}`;
    const { post, received } = setUp(name, wrong);
    const refused = await post("/v1/accounts");
    expect(refused).toMatchObject({ status: 502, json: { code: "vendor_auth_failed", effect: "none" } });
    expect(await received()).toEqual(hasToken ? { creates: 0, tokens: 1 } : { creates: 1, tokens: 0 });
    const output = [refused.shown, ...logged].join("\n");
    for (const form of formsOf(wrong)) expect(output).not.toContain(form);
  });
});
