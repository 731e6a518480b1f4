/** Runs every block of `docs/guides/deploying.md` against a mock of Cloudflare's API. */
import { appendFileSync, mkdtempSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openWorkspace, type Workspace } from "../scripts/workspace.ts";
import { example } from "./readme.ts";

interface ReceivedRequest {
  method: string;
  path: string;
  body: string;
}

/** The answers that wrangler needs. For all other requests, an empty result is enough. */
const results: readonly [path: RegExp, result: unknown][] = [
  [/\/workers\/services\//, { default_environment: { environment: "production", script: {} } }],
  [/\/secrets$/, [{ name: "ACME_CLARUS_SECRET", type: "secret_text" }]],
  [/\/assets-upload-session$/, { jwt: "a-token", buckets: [] }],
  [/\/workers\/workers\//, { subdomain: { enabled: true, previews_enabled: false } }],
  [/\/subdomain$/, { subdomain: "acme", enabled: true, previews_enabled: false }],
  [/\/deployments$/, { deployments: [] }],
  [/\/versions$/, { items: [] }],
];

const received: ReceivedRequest[] = [];
let cloudflare: Server;
let workspace: Workspace;

beforeAll(async () => {
  cloudflare = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void cloudflare.listen(0, "127.0.0.1", resolve));
  workspace = openWorkspace(
    [],
    ["console", "openapi", "packages/client", "src", "tsconfig.console.json", "wrangler.toml"],
  );
});
afterAll(() => {
  cloudflare.close();
  workspace.remove();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request;
  const path = url.replace("/client/v4/accounts/acme", "");
  received.push({ method, path, body: (await buffer(request)).toString("latin1") });
  const [, result = {}] = results.find(([each]) => each.test(path)) ?? [];
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
}

/** Runs a block without `npm ci`, and pipes in the secret that a person would type. */
async function run(block: string, environment: Record<string, string> = {}) {
  const text = example(block, "deploy")
    .replace("npm ci\n", "")
    .replace(/^(npx wrangler secret put .*)$/m, "echo a-secret-of-acme | $1");
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`);
  return workspace.run("bash", "-c", `set -e\n${variables.join("")}${text}`);
}

it("deploys a Worker from the sources", { timeout: 300_000 }, async () => {
  const configuration = example("configuration").replace("<hex of the key's SHA-256>", "0".repeat(64));
  appendFileSync(join(workspace.folder, "wrangler.toml"), `${example("secrets", "deploy")}\n${configuration}`);
  const checked = await run("check");
  expect([checked.code, checked.printed]).toEqual([
    0,
    expect.stringContaining("1 of 1 connections ready, 1 keys, 0 faults"),
  ]);
  expect(checked.printed).toContain("--dry-run: exiting now.");

  const { port } = cloudflare.address() as { port: number };
  const { code, printed } = await run("send", {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    CLOUDFLARE_API_TOKEN: "a-token",
    CLOUDFLARE_ACCOUNT_ID: "acme",
    HOME: mkdtempSync(join(tmpdir(), "account-gateway-")),
    CI: "1",
  });
  expect([code, printed]).toEqual([0, expect.stringContaining("Deployed account-gateway triggers")]);
  const [secret, ...further] = received.filter(({ method }) => method === "PUT");
  expect(secret).toMatchObject({ path: "/workers/scripts/account-gateway/secrets" });
  expect(secret?.body).toContain('"text":"a-secret-of-acme"');
  const [worker] = further;
  expect(worker?.path).toMatch(/^\/workers\/scripts\/account-gateway\?/);
  for (const part of ["CONNECTION_ACME_WMS", "KEY_BILLING", '"new_sqlite_classes":["Ledger"]'])
    expect(worker?.body).toContain(part);
  expect(worker?.body).not.toContain("a-secret-of-acme");
});
