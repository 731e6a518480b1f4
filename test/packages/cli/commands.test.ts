/** Every command except `import`, against the gateway in workerd. */
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import packageJson from "../../../package.json" with { type: "json" };
import { createAccountGateway } from "../../../packages/client/src/index.ts";
import { keyConfiguration } from "../../../schemas/connection.ts";
import { startServer } from "../../support/http-server.ts";
import { run, start } from "./command.ts";
import { canary, faulty, startGateway } from "./gateway.ts";

const startTimeoutMs = 60_000;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let client: ReturnType<typeof createAccountGateway>;
beforeAll(async () => {
  gateway = await startGateway(faulty);
  client = createAccountGateway({ baseUrl: gateway.url, key: canary });
}, startTimeoutMs);
afterAll(() => gateway.stop());

const calling = (...args: string[]) => run(args, { url: gateway.url });

describe.concurrent("preview", () => {
  it("shows each request, and the destination of each field in columns", async () => {
    const { exitCode, stdout } = await calling("preview", "--field", "name=Acme", "--field", "custom.tier=42");
    expect(exitCode).toBe(3);
    expect(stdout).toContain("demo-clarus (clarus): would be refused");
    const text = await calling(
      "preview",
      "--field",
      "name=Acme",
      "--field",
      'custom.tier="42"',
      "--connection",
      "demo-clarus",
    );
    expect(text.exitCode).toBe(0);
    expect(text.stdout).toMatch(
      /^demo-clarus \(clarus\): would be sent\nPOST http.*\/api\/accounts\n\{\n {2}"data": \{/,
    );
    expect(text.stdout).toMatch(
      /^ {2}\/name {9}sent {7}\/data\/attributes\/name {2,}"Acme"\n {2}\/custom\/tier {2}mapped {5}\/data\/attributes\/string5 {2,}"42"$/m,
    );
  });

  it("reads a file or piped input", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "account.json");
    writeFileSync(file, '{"name":"Acme","active":true}');
    const named = await calling("preview", file, "--connection", "demo-elastic-path", "--field", "active=false");
    expect(named).toMatchObject({ exitCode: 3, stdout: expect.stringContaining("unsupported_field: ") });
    const piped = await start(["preview", "--connection", "demo-elastic-path"], {
      url: gateway.url,
      input: '{"name":"Piped"}',
    }).ended;
    expect(piped).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"Piped"') });
  });

  it("uses colours only for a terminal, and never changes the text", async () => {
    const args = ["preview", "--field", "name=Acme", "--connection", "demo-clarus"];
    const plain = await start(args, { url: gateway.url }).ended;
    const coloured = await start(args, { url: gateway.url, environment: { FORCE_COLOR: "1" } }).ended;
    expect(stripVTControlCharacters(plain.stdout)).toBe(plain.stdout);
    expect(coloured.stdout).not.toBe(plain.stdout);
    expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout);
  });

  it.each([
    ["an empty input", "", "is not a JSON object"],
    ["an array", "[]", "is not a JSON object"],
  ])("refuses %s", async (_what, input, sentence) => {
    const ended = await run(["preview"], { url: gateway.url, input });
    expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });
});

describe("operations", () => {
  it("lists, shows and resolves", async () => {
    await client.accounts.create({ name: "Listed" }, { connection: "demo-clarus", idempotencyKey: "listed" });
    const [id = ""] = (await calling("operations", "list", "--connection", "demo-clarus")).stdout.split(" ");
    const shown = await calling("operations", "show", id);
    expect(shown).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/: created\n.*"Listed".*vendor_answered/s),
    });
    const resolved = await calling("operations", "resolve", id, "--not-created", "--reason", "looked");
    expect(resolved).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^operation_not_in_review: /) });
  });

  it("lists up to --limit operations, by state", async () => {
    for (const name of ["One", "Two", "Three"])
      await client.accounts.create({ name }, { connection: "demo-elastic-path", idempotencyKey: name });
    const list = ["operations", "list", "--connection", "demo-elastic-path"];
    const two = await calling(...list, "--limit", "2");
    expect(two.stdout.trim().split("\n")).toHaveLength(2);
    expect(two.stderr).toContain("pass a higher --limit");
    const empty = await calling(...list, "--state", "unknown");
    expect(empty).toMatchObject({ exitCode: 0, stdout: "", stderr: expect.stringContaining("no such operations") });
  });

  it.each([
    ["two outcomes", ["--created", "7", "--not-created", "--reason", "x"], "either --created"],
    ["no outcome", ["--reason", "x"], "either --created"],
    ["a blank reason", ["--not-created", "--reason", " "], "must not be blank"],
    ["no reason", ["--not-created"], "--reason <text>"],
  ])("resolves nothing with %s", async (_what, args, sentence) => {
    expect(await calling("operations", "resolve", "demo-clarus.x", ...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(sentence),
    });
  });

  it("reports an unknown operation with the gateway's problem, and suggests a command", async () => {
    expect(await calling("operations", "show", "demo-clarus.none")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^not_found: There is no such operation\. .*account-gateway operations list/),
    });
  });
});

describe.concurrent("connections check", () => {
  it("checks each vendor, and reports a connection that is disabled", async () => {
    const { exitCode, stdout } = await calling("connections", "check");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /^demo-clarus\n {2}✔ {2}configuration {2}clarus, handling strict.*\n {2}✔ {2}guarantee {6}exactly_once: /,
    );
    expect(
      stdout.match(/^ {2}✔ {2}vendor {9}reachable\n {2}✔ {2}credentials {4}accepted\n {2}✔ {2}lookup {9}works$/gm),
    ).toHaveLength(4);
    expect(stdout).toMatch(
      /^faulty\n {2}✘ {2}configuration {2}disabled because of configuration faults: .*npm run check/m,
    );
  });

  it("exits with 0 if the named connection has no faults", async () => {
    const { exitCode, stdout } = await calling("connections", "check", "--connection", "demo-elastic-path");
    expect([exitCode, stdout.match(/^demo-/gm)?.length]).toEqual([0, 1]);
  });
});

describe.concurrent("keys new", () => {
  const making = (...args: string[]) => run(["keys", "new", ...args]);

  it("makes a key of 256 bits, and the configuration that accepts it", async () => {
    const made = await making("--name", "billing-app", "--connection", "acme-wms", "--operator");
    expect(made.exitCode).toBe(0);
    const [, key = ""] = /^ {2}([\w-]{43})$/m.exec(made.stdout) ?? [];
    expect(made.stdout.split(key)).toHaveLength(2);
    const [toml = ""] = /\[vars\.[\s\S]*?\n\n/.exec(made.stdout) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "wrangler.toml");
    writeFileSync(file, `name = "x"\nmain = "x.ts"\ncompatibility_date = "2026-10-01"\n${toml}`);
    expect(keyConfiguration.parse(unstable_readConfig({ config: file }).vars["KEY_BILLING_APP"])).toEqual({
      name: "billing-app",
      sha256: [createHash("sha256").update(key).digest("hex")],
      connections: ["acme-wms"],
      operator: true,
    });
    const [, other] = /^ {2}([\w-]{43})$/m.exec((await making("--name", "b", "--connection", "*")).stdout) ?? [];
    expect(other).not.toBe(key);
  });

  it.each([
    ["a key without connections", ["--name", "billing"], "--connection <id>"],
    ["an invalid name", ["--name", "Billing App", "--connection", "*"], "lower-case letters"],
    ["a key without a name", ["--connection", "*"], "--name <name>"],
  ])("refuses %s", async (_what, args, sentence) => {
    expect(await making(...args)).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(sentence) });
  });
});

describe.concurrent("the gateway key", () => {
  const check = ["connections", "check"];

  it.each([
    ["by option", ["--key", canary], {}],
    ["refused", [], { ACCOUNT_GATEWAY_KEY: `${canary}-unknown` }],
    ["with characters that no header can contain", [], { ACCOUNT_GATEWAY_KEY: `${canary}\nÄ` }],
    ["as the value of a mistyped option", [`--kee=${canary}`], {}],
    ["in the URL", [], { ACCOUNT_GATEWAY_URL: `https://user:${canary}@gateway.example.com` }],
    ["sent to a gateway that cannot be reached", ["--timeout", "1"], { ACCOUNT_GATEWAY_URL: "http://127.0.0.1:1" }],
  ])("is never written: %s", async (_what, args, environment) => {
    // `run` checks that no output contains the key.
    const { stdout, stderr } = await run([...check, ...args], { url: gateway.url, environment });
    expect(`${stdout}${stderr}`).not.toBe("");
  });

  it("is never written: in a server's answer", async () => {
    const echo = await startServer((request, response) => {
      response.writeHead(500, { "Content-Type": "text/html" }).end(`<h1>${request.headers.authorization}</h1>`);
    });
    try {
      const ended = await run([...check, "--timeout", "1"], { url: echo.url });
      expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^unreadable_answer: /) });
    } finally {
      echo.close();
    }
  });

  it.each([
    ["no key", { ACCOUNT_GATEWAY_KEY: "" }, "set ACCOUNT_GATEWAY_KEY"],
    ["no URL", { ACCOUNT_GATEWAY_URL: "" }, "set ACCOUNT_GATEWAY_URL"],
    ["an invalid URL", { ACCOUNT_GATEWAY_URL: "gateway" }, "Correct ACCOUNT_GATEWAY_URL"],
  ])("%s ends with exit code 2 and a message", async (_what, environment, sentence) => {
    const ended = await run(check, { url: gateway.url, environment });
    expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) });
  });
});

it("sets the exit code of the process, and writes to its streams", async () => {
  const [version, refused] = await Promise.all([start(["--version"]).ended, start(["keys", "new"]).ended]);
  expect(version).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: "" });
  expect(refused).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining("--name <name>") });
});

it("prints its version and its commands", async () => {
  expect((await run(["--version"])).stdout).toBe(`${packageJson.version}\n`);
  const help = await run(["--help"]);
  expect(help.exitCode).toBe(0);
  for (const name of ["import", "preview", "connections", "keys", "operations"])
    expect(help.stdout).toContain(`  ${name}`);
});
