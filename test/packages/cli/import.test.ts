/** `import` against the gateway in workerd. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, start } from "./command.ts";
import { faulty, startGateway } from "./gateway.ts";
import { killAndContinue } from "./kill-import.ts";

const startTimeoutMs = 60_000;
const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway(faulty);
}, startTimeoutMs);
afterAll(() => gateway.stop());

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const importing = (file: string, connection: string, ...more: string[]) =>
  run(["import", file, "--connection", connection, ...more], { url: gateway.url });

const resultsOf = (file: string, connection: string) =>
  readFileSync(`${file}.${connection}.results.ndjson`, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line));

const namesAt = async (host: "clarus" | "elastic-path" | "garmat") =>
  (await gateway.vendors.accountsOf(`${host}.sandbox.test`)).map(({ name }) => name);

describe.concurrent("an import", () => {
  it("creates an account for each row, and creates none again in a second run", async () => {
    const file = write("accounts.csv", "Company,external_ref,custom.tier\nAcme,crm-1,gold\nBolt,crm-2,\n");
    const map = ["--map", "Company=name"];
    expect(await importing(file, "demo-clarus", ...map)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("2 rows: 2 created."),
    });
    expect(resultsOf(file, "demo-clarus")).toMatchObject(
      ["crm-1", "crm-2"].map(() => ({
        state: "created",
        id: expect.any(String),
        operation: expect.stringMatching(/^demo-clarus\./),
      })),
    );
    expect(await importing(file, "demo-clarus", ...map)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("2 created, 2 of them by earlier runs"),
    });
    expect(await namesAt("clarus")).toEqual(expect.arrayContaining(["Acme", "Bolt"]));
    expect(resultsOf(file, "demo-clarus")).toHaveLength(2);
  });

  it("sends nothing while a row has a fault", async () => {
    const file = write("faults.csv", "name,external_ref,active\nNever,crm-1,perhaps\nNever,,true\n");
    const { exitCode, stdout, stderr } = await importing(file, "demo-clarus");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^row 2 {2}active +Must be true or false\nrow 3 {2}external_ref +Is empty/);
    expect(stderr).toContain("2 faults in 2 rows");
    expect(await namesAt("clarus")).not.toContain("Never");
    expect(existsSync(`${file}.demo-clarus.results.ndjson`)).toBe(false);
  });

  it("sends nothing with --check", async () => {
    const file = write("check.csv", "name,external_ref\nUnsent,crm-1\n");
    expect(await importing(file, "demo-clarus", "--check")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("1 row"),
    });
    expect(await namesAt("clarus")).not.toContain("Unsent");
  });

  it("sends a rejected row again after it is corrected", async () => {
    const file = write("rejected.csv", "name,external_ref,registration_id\nEel,crm-1,HRB 1\nDog,crm-2,HRB 1\n");
    const first = await importing(file, "demo-elastic-path");
    expect(first).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("Correct the 1 row that failed") });
    expect(first.stdout).toMatch(/row 3 {2}crm-2 {2}failed {2}account_exists: \S/);
    write("rejected.csv", "name,external_ref,registration_id\nEel,crm-1,HRB 1\nDog,crm-2,HRB 2\n");
    expect((await importing(file, "demo-elastic-path")).exitCode).toBe(0);
    const states = resultsOf(file, "demo-elastic-path").map(({ key, state }) => `${key} ${state}`);
    expect(states.toSorted()).toEqual(["crm-1 created", "crm-2 failed", "crm-2:2 created"]);
    expect((await namesAt("elastic-path")).filter((name) => name === "Dog")).toHaveLength(1);
  });

  it("sends no row whose account was created from other values", async () => {
    const file = write("changed.csv", "name,external_ref\nCog,crm-9\n");
    expect((await importing(file, "demo-clarus")).exitCode).toBe(0);
    write("changed.csv", "name,external_ref\nCog & Sons,crm-9\n");
    const { exitCode, stdout } = await importing(file, "demo-clarus");
    expect(exitCode).toBe(4);
    expect(stdout).toContain("was created from other values");
    expect(await namesAt("clarus")).not.toContain("Cog & Sons");
  });

  it("reports an unknown row until an operator resolves it", async () => {
    const file = write("unknown.csv", "name,external_ref\nfault:reset Ant,crm-1\n");
    const first = await importing(file, "demo-garmat", "--handling", "lenient", "--timeout", "1");
    expect(first).toMatchObject({
      exitCode: 5,
      stdout: expect.stringMatching(/row 2 {2}crm-1 {2}unknown {2}outcome_unknown: /),
    });
    const second = await importing(file, "demo-garmat", "--handling", "lenient");
    expect(second).toMatchObject({
      exitCode: 5,
      stdout: expect.stringMatching(/row 2 {2}crm-1 {2}unknown {2}operation_needs_review: /),
      stderr: expect.stringContaining("operations list --connection demo-garmat --state needs_review"),
    });
    const { operation } = resultsOf(file, "demo-garmat").at(-1).problem;
    const resolving = ["operations", "resolve", operation, "--created", "4711", "--reason", "seen there"];
    expect(await run(resolving, { url: gateway.url })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/not one that the vendor's lookup found \([0-9a-f-]{36}\)/),
    });
    expect((await run([...resolving, "--force"], { url: gateway.url })).exitCode).toBe(0);
    expect(await importing(file, "demo-garmat", "--handling", "lenient")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("1 created"),
    });
    expect(resultsOf(file, "demo-garmat").at(-1)).toMatchObject({ state: "created", id: "4711" });
    expect((await namesAt("garmat")).filter((name) => name.endsWith("Ant"))).toHaveLength(1);
  }, 120_000);
});

it("a killed import that is run again creates each account once", async () => {
  gateway.vendors.heal();
  const { names, kills } = await killAndContinue({ gateway, folder, rows: 200, kills: 2, random: () => 0.5 });
  expect(kills).toBe(2);
  expect(new Set(names).size).toBe(200);
  expect(names).toHaveLength(200);
}, 120_000);

it("Ctrl-C stops an import after the rows in progress, and the next run continues", async () => {
  const lines = Array.from({ length: 300 }, (_, index) => `Interrupted ${index},int-${index}`);
  const file = write("interrupted.csv", `name,external_ref\n${lines.join("\n")}\n`);
  const running = start(["import", file, "--connection", "demo-clarus"], { url: gateway.url });
  const results = `${file}.demo-clarus.results.ndjson`;
  while (!existsSync(results) || readFileSync(results, "utf8").split("\n").length < 10) await pause(20);
  running.process.kill("SIGINT");
  const { exitCode, stdout, stderr } = await running.ended;
  expect(exitCode).toBe(130);
  expect(stdout).toMatch(/300 rows: \d+ created, \d+ not sent\./);
  expect(stderr).toContain("To continue, run the same command again");
  expect((await importing(file, "demo-clarus")).exitCode).toBe(0);
  const held = (await namesAt("clarus")).filter((name) => name.startsWith("Interrupted"));
  expect([held.length, new Set(held).size]).toEqual([300, 300]);
}, 120_000);

describe.concurrent("the error message says how to correct", () => {
  const file = write("one.csv", "name,external_ref\nOne,1\n");

  it.each([
    [
      "a connection that the key may not use",
      [file, "--connection", "other"],
      2,
      "Pass one of these to --connection: demo-clarus, demo-elastic-path, demo-garmat, demo-zendesk, faulty.",
    ],
    ["a connection that is misconfigured", [file, "--connection", "faulty"], 1, "npm run check"],
    ["a missing file", ["none.csv", "--connection", "demo-clarus"], 2, "check its path and permissions"],
    [
      "a file with an unknown extension",
      ["package.json", "--connection", "demo-clarus"],
      2,
      "is neither .csv nor .ndjson",
    ],
    ["a missing connection", [file], 2, "--connection <id>"],
    ["an invalid --map", [file, "--connection", "demo-clarus", "--map", "name"], 2, '--map must be "column=field"'],
    [
      "an invalid --concurrency",
      [file, "--connection", "demo-clarus", "--concurrency", "0"],
      2,
      "a whole number from 1 to 64",
    ],
    [
      "a results file of another import",
      [file, "--connection", "demo-clarus", "--results", file],
      2,
      "pass another file to --results",
    ],
  ])("%s", async (_what, args, exitCode, sentence) => {
    const ended = await run(["import", ...args], { url: gateway.url });
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(sentence);
  });

  it("an unknown gateway key", async () => {
    const { exitCode, stderr } = await run(["import", file, "--connection", "demo-clarus"], {
      url: gateway.url,
      environment: { ACCOUNT_GATEWAY_KEY: "another-key" },
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/^unauthenticated: .*Check the gateway key/s),
    });
    expect(stderr).not.toContain("another-key");
  });
});
