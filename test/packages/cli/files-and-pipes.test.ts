/** Unusable files, a reader that closes the pipe, and a tab as the delimiter. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { Failure } from "../../../packages/cli/src/failure.ts";
import { readRows } from "../../../packages/cli/src/import/read-rows.ts";
import { openResults } from "../../../packages/cli/src/import/results-file.ts";

const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));

function fileWith(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function failureOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("Nothing failed");
}

test.each(["the folder itself", "no/such/folder/results.ndjson"])(
  "a results file that cannot be used is reported: %s",
  (name) => {
    const file = name === "the folder itself" ? folder : join(folder, name);
    const failure = failureOf(() => openResults(file, { gateway: "g", connection: "c", key_column: "k" }));
    expect(failure.message).toMatch(/^The results file cannot be read or written \(E\w+: .*--results/);
    expect(failure.exitCode).toBe(2);
  },
);

describe("a tab", () => {
  const file = fileWith("tabs.csv", "name\texternal_ref\nAcme\tcrm-1\n");

  test("can be passed as the error message shows it", () => {
    const [, advised] = /pass --delimiter "(.*)"\.$/.exec(failureOf(() => readRows(file, ",")).message) ?? [];
    expect(readRows(file, String(advised)).columns).toEqual(["name", "external_ref"]);
  });

  test("can be passed as a tab character", () => {
    expect(readRows(file, "\t").columns).toEqual(["name", "external_ref"]);
  });
});

test("the message about a row with one cell uses the singular", () => {
  const { faults } = readRows(fileWith("short.csv", "name,external_ref\nAcme\n"), ",");
  expect(faults.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^Has 1 cell, but the header has 2/)]);
});

test("a reader that closes the pipe does not end the command with an error", async () => {
  const child = spawn(process.execPath, [
    "packages/cli/src/index.ts",
    "keys",
    "new",
    "--name",
    "billing",
    "--connection",
    "acme",
  ]);
  child.stdout.destroy();
  const [stderr] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect([child.exitCode, stderr]).toEqual([0, ""]);
});
