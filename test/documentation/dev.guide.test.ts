/** Runs `npm run dev` as a new user does, with every command and program of the docs. */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { openApiDocument } from "../../openapi/openapi.ts";
import { operations } from "../../openapi/operations.ts";
import { credentials } from "../../sandbox/sandboxes.ts";
import { type DevServer, startDevServer, startTimeoutMs, stopDevServer } from "../support/dev-server.ts";
import { commands, example, lasting, lastingText, programs, repeated } from "./readme.ts";

const state = mkdtempSync(join(tmpdir(), "account-gateway-"));

/** Runs a curl command with the port replaced, and returns the status and the body of the answer. */
async function run(command: string, url: string): Promise<{ status: number; body: string }> {
  const here = command.replaceAll("http://127.0.0.1:8787", url).replace(/curl -\w+/, "curl -s -w '\\n%{http_code}'");
  const { stdout } = await promisify(execFile)("bash", ["-c", here]);
  const lines = stdout.trimEnd().split("\n");
  return { status: Number(lines.at(-1)), body: lines.slice(0, -1).join("\n") };
}

/** Runs a program with the port, the client and Elastic Path's address replaced, and returns what it prints. */
async function runProgram(program: string, url: string): Promise<string> {
  const here = program
    .replaceAll("http://127.0.0.1:8787", url)
    .replaceAll("@account-gateway/client", import.meta.resolve("../../packages/client/src/index.ts"))
    .replaceAll("https://euwest.api.elasticpath.com", "https://elastic-path.sandbox.test");
  const file = join(mkdtempSync(join(tmpdir(), "account-gateway-program-")), "program.mts");
  writeFileSync(file, here);
  const elasticPath = import.meta.resolve("./elastic-path.ts");
  const { clientId: ELASTIC_PATH_ID, clientSecret: ELASTIC_PATH_SECRET } = credentials.elasticPath;
  const env = { ...process.env, ELASTIC_PATH_ID, ELASTIC_PATH_SECRET };
  // Preload the sandbox only if the program calls it, because it takes seconds to load.
  const preload = here.includes("elastic-path.sandbox.test") ? ["--import", elasticPath] : [];
  const { stdout } = await promisify(execFile)("node", [...preload, file], { env });
  return stdout;
}

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer(state);
}, startTimeoutMs);
afterAll(() => stopDevServer(server), startTimeoutMs);

describe("npm run dev", () => {
  it("prints a command that creates an account every time", async () => {
    const [command = ""] = /curl [\s\S]*\}'\n/.exec(server.printed) ?? [];
    expect(command).toContain("demo-key");
    for (let count = 0; count < 2; count += 1) {
      const { status, body } = await run(command, server.url);
      expect({ status, body: JSON.parse(body) }).toMatchObject({
        status: 201,
        body: { vendor: "elastic_path", name: "Acme Corporation" },
      });
    }
  });

  it.each(
    operations
      .filter(({ isStatic }) => isStatic)
      .map(({ path, replies }) => ({ path, contents: replies[200]?.contents })),
  )("serves $path with a content security policy", async ({ path, contents }) => {
    const { status, headers } = await fetch(`${server.url}${path}`, { redirect: "error" });
    expect(status).toBe(200);
    expect(headers.get("Content-Type")?.split(";")[0]).toBe(contents?.[0]?.type ?? "application/json");
    expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect((await fetch(`${server.url}${path}`, { method: "POST" })).status).toBe(405);
  });

  it("serves the OpenAPI document that the code makes", async () => {
    const served: unknown = await (await fetch(`${server.url}/openapi.json`)).json();
    expect(served).toEqual(JSON.parse(JSON.stringify(openApiDocument(adapters))));
  });

  it("serves a problem's page without scripts, with the headers of the gateway's answers", async () => {
    const { headers } = await fetch(`${server.url}/problems/not_found`, { headers: { Accept: "text/html" } });
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'$/),
      "x-content-type-options": "nosniff",
      "x-request-id": expect.any(String),
      vary: "Accept",
    });
    expect(headers.get("Content-Security-Policy")).not.toMatch(/unsafe|https?:/);
  });

  it("prints the address of the console", async () => {
    const [, console = ""] = /Console {3,}(\S+)\n/.exec(server.printed) ?? [];
    const page = await fetch(console);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'; script-src 'self'");
    expect(await page.text()).toContain('<div id="console">');
  });

  it.each(commands)(
    "answers a command of the docs with $status every time",
    async ({ text, status, answer }) => {
      for (let count = 0; count < 2; count += 1) {
        const answered = await run(text, server.url);
        expect(answered.status).toBe(status);
        expect(lasting(answered.body)).toEqual(lasting(answer ?? answered.body));
      }
    },
    startTimeoutMs,
  );

  it.each(repeated)(
    "answers a repeated command of the docs with $status in the end",
    async ({ text, status }) => {
      const statuses = new Set<number>();
      while (!statuses.has(status)) {
        const answer = await run(text, server.url);
        expect([status, 504]).toContain(answer.status);
        statuses.add(answer.status);
        const { retry = "same_key" } = JSON.parse(answer.body);
        expect(retry).toBe("same_key");
      }
      expect(statuses).toContain(504);
    },
    startTimeoutMs,
  );

  it.each(programs)(
    "serves the program $name of the docs",
    async ({ text, printed }) => {
      expect(lastingText(await runProgram(text, server.url))).toBe(lastingText(printed));
    },
    startTimeoutMs,
  );

  it.each(["before", "after"])(
    "serves an app %s it moved to the gateway",
    async (when) => {
      const company = { id: `company-${when}`, name: "Acme Corporation", legalName: "Acme Corporation Ltd" };
      const use = `console.log(await signUp(${JSON.stringify(company)}));`;
      expect(lastingText(await runProgram(`${example(when, "signup")}\n${use}`, server.url))).toBe("<id>\n");
    },
    startTimeoutMs,
  );

  it.each([
    ["created", "demo-elastic-path", { name: "A name of one that was created" }, 201],
    [
      "not created",
      "demo-elastic-path",
      { name: "A name whose parent is unknown", parent_id: "00000000-0000-4000-8000-000000000000" },
      503,
    ],
    ["sent to review", "demo-garmat", { name: "fault:reset A name in review" }, 504],
  ])(
    "stores no secret and no Idempotency-Key in the ledger's file, for an account that was %s",
    async (outcome, connection, account, status) => {
      const idempotencyKey = `canary-key-of-${outcome.replaceAll(" ", "-")}`;
      const create = `curl -s ${server.url}/v1/accounts -H 'Authorization: Bearer demo-key' -H 'Gateway-Connection: ${connection}' -H 'Idempotency-Key: ${idempotencyKey}' -H 'X-Canary: canary-header' -H 'Content-Type: application/json' -d '${JSON.stringify(account)}'`;
      expect((await run(create, server.url)).status).toBe(status);
      const files = globSync(join(state, "v3/do/*Ledger*/*.sqlite*"));
      const written = files.map((file) => readFileSync(file, "latin1")).join("");
      expect(written).toContain(`${connection}.`);
      const secrets = ["demo-key", "sandbox-secret", "sandbox-key", "Bearer"];
      for (const canary of ["canary-key", "canary-header", ...secrets]) expect(written).not.toContain(canary);
    },
  );

  it(
    "keeps its accounts after a restart",
    async () => {
      const create = `curl -s ${server.url}/v1/accounts -H 'Authorization: Bearer demo-key' -H 'Gateway-Connection: demo-clarus' -H 'Content-Type: application/json' -d '{"name":"Kept","code":"KEPT"}'`;
      expect((await run(create, server.url)).status).toBe(201);
      await stopDevServer(server);
      const before = server.url;
      server = await startDevServer(state);
      const again = await run(create.replace(before, server.url), server.url);
      expect({ status: again.status, body: JSON.parse(again.body) }).toMatchObject({
        status: 409,
        body: { code: "account_exists" },
      });
    },
    startTimeoutMs,
  );
});
