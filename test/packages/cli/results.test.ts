import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckedRow } from "../../../packages/cli/src/import/check-rows.ts";
import { nextStep, openResults, type Result } from "../../../packages/cli/src/import/results-file.ts";

const heading = { gateway: "https://gateway.example.com/", connection: "acme-wms", key_column: "external_ref" };
const rowMembers = { row: 2, key: "crm-1", account_sha256: "same", at: "2026-11-24T09:30:00.000Z" };
const created: Result = { ...rowMembers, state: "created", id: "7", operation: null, warnings: [] };
const failed = (code: string): Result => ({ ...rowMembers, state: "failed", problem: { code, detail: "No" } });
const unknown: Result = { ...rowMembers, state: "unknown", problem: { code: "outcome_unknown", detail: "Timeout" } };

let files = 0;
const newFile = () => join(mkdtempSync(join(tmpdir(), "account-gateway-")), `${(files += 1)}.ndjson`);

function write(file: string, results: readonly Result[]): void {
  const { append, close } = openResults(file, heading);
  for (const result of results) append(result);
  close();
}

function read(file: string) {
  const { earlier, close } = openResults(file, heading);
  close();
  return earlier;
}

describe("the results file", () => {
  it("returns each row's latest result, except that a created account stays created", () => {
    const file = newFile();
    write(file, [failed("vendor_rejected"), { ...unknown, key: "crm-1:2" }]);
    expect(read(file).get("crm-1")).toEqual({ ...unknown, key: "crm-1:2" });
    write(file, [created, unknown]);
    expect(read(file).get("crm-1")).toEqual(created);
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(5);
  });

  it("removes a line that a crash has cut short, and appends after the complete lines", () => {
    const file = newFile();
    write(file, [created]);
    appendFileSync(file, JSON.stringify({ ...created, key: "crm-2" }).slice(0, 40));
    write(file, [{ ...created, key: "crm-3" }]);
    expect([...read(file).keys()]).toEqual(["crm-1", "crm-3"]);
  });

  it.each([
    [
      "another gateway",
      { ...heading, gateway: "https://other.example.com/" },
      "results for the gateway https://gateway.example.com/, but this import uses the gateway https://other",
    ],
    [
      "another connection",
      { ...heading, connection: "other" },
      "results for the connection acme-wms, but this import uses the connection other: use the connection acme-wms,",
    ],
    [
      "another key column",
      { ...heading, key_column: "code" },
      "results for the key column external_ref, but this import uses the key column code",
    ],
  ])("of %s is refused", (_what, other, sentence) => {
    const file = newFile();
    write(file, [created]);
    expect(() => openResults(file, other)).toThrow(sentence);
  });

  it.each([
    ["not a results file", "name,external_ref\n", "pass another file to --results"],
    ["one line of something else", "precious", "pass another file to --results"],
    ["a results file with a line that is not a result", `${JSON.stringify(heading)}\n{"row":2}\n`, "Remove that line"],
  ])("that is %s is refused and not changed", (_what, text, sentence) => {
    const file = newFile();
    writeFileSync(file, text);
    expect(() => openResults(file, heading)).toThrow(sentence);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("that cannot be written is reported", () => {
    expect(() => openResults("/proc/none/results.ndjson", heading)).toThrow("pass another file to --results");
  });
});

describe("a row", () => {
  const row = (sha256: string): CheckedRow => ({ row: 2, key: "crm-1", account: { name: "Acme" }, sha256 });

  it.each([
    ["was never sent", undefined, "same", { kind: "send", key: "crm-1" }],
    ["was created", created, "same", { kind: "skip" }],
    ["was created, and has changed", created, "other", { kind: "changed", state: "failed" }],
    ["is unknown", unknown, "same", { kind: "send", key: "crm-1" }],
    ["is unknown, and has changed", unknown, "other", { kind: "changed", state: "unknown" }],
    ["was rejected", failed("vendor_rejected"), "same", { kind: "send", key: "crm-1" }],
    ["was rejected and corrected", failed("vendor_rejected"), "other", { kind: "send", key: "crm-1:2" }],
    [
      "was rejected again and corrected",
      { ...failed("account_exists"), key: "crm-1:2" },
      "other",
      { kind: "send", key: "crm-1:3" },
    ],
    // An account with this key may exist.
    [
      "was refused because its key was reused",
      failed("idempotency_key_reused"),
      "other",
      { kind: "send", key: "crm-1" },
    ],
    ["was not sent, and corrected", failed("invalid_account"), "other", { kind: "send", key: "crm-1" }],
  ] as const)("that %s", (_what, earlier, sha256, step) => {
    expect(nextStep(row(sha256), earlier)).toMatchObject(step);
  });
});
