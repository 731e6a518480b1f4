/** Text from a vendor, a gateway or a file cannot control the terminal. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, expect, test } from "vitest";
import { printable } from "../../../packages/cli/src/terminal.ts";
import { startServer } from "../../support/http-server.ts";
import { run, start } from "./command.ts";

/** Clears the screen, hides text, sets the title, moves up, starts a line (also with C1) and changes the text direction. */
const evil =
  "evil\u001b[2J\u001b[8m\u001b]0;title\u0007\u001b[A\r\nowned\t\u007f\u009b31m\u0085\u061c\u202e\u2066\u200f\u2028\u0000";

/** A malicious gateway's answers. */
const operation = {
  id: `demo.${evil}`,
  state: "needs_review",
  connection: evil,
  vendor: evil,
  guarantee: "reconciled",
  attempt: 1,
  created_at: "2026-11-24T09:30:00Z",
  expires_at: evil,
  updated_at: "2026-11-24T09:30:00Z",
  account: null,
  candidates: [{ id: evil, name: evil }],
  duplicates: [evil],
  history: [{ at: evil, state: "unknown", reason: evil, attempt: 1, by: evil, note: evil }],
  problem: { code: evil, detail: evil, errors: [{ pointer: evil, detail: evil }] },
};
const answers: Record<string, object> = {
  "GET /v1/connections": {
    connections: [
      {
        id: "acme",
        vendor: evil,
        status: "ready",
        handling: evil,
        require_key: true,
        guarantee: { level: evil, assumption: evil },
      },
      { id: evil, vendor: evil, status: "misconfigured" },
    ],
  },
  "POST /v1/connections/acme/check": { reachable: false, authorized: null, lookup: null, detail: evil },
  "GET /v1/connections/acme/schema": { type: "object" },
  "GET /v1/operations": { operations: [operation], next_cursor: null },
  "GET /v1/operations/demo.1": operation,
  "POST /v1/accounts/preview": {
    previews: [
      {
        connection: evil,
        vendor: evil,
        request: { method: evil, url: evil, headers: {}, body: { [evil]: evil } },
        fields: [{ field: evil, disposition: "sent", to: evil, value: evil, reason: evil }],
        problems: [{ code: evil, detail: evil, errors: [{ pointer: evil, detail: evil }] }],
      },
    ],
  },
};
const problem = {
  type: "about:blank",
  title: evil,
  status: 422,
  code: "vendor_rejected",
  detail: evil,
  origin: "vendor",
  effect: "none",
  retry: "never",
  instance: evil,
  errors: [{ pointer: evil, detail: evil }],
};

const server = await startServer(({ method, url = "" }, response) => {
  const answer = answers[`${method} ${url.split("?")[0]}`];
  const type = answer === undefined ? "application/problem+json" : "application/json";
  response.writeHead(answer === undefined ? 422 : 200, { "Content-Type": type });
  response.end(JSON.stringify(answer ?? problem));
});
const { url } = server;
afterAll(() => server.close());

function fileWith(name: string, content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), name);
  writeFileSync(file, content);
  return file;
}

const rows = () => fileWith("rows.ndjson", `${JSON.stringify({ name: evil, external_ref: evil })}\n`);
const faultyColumn = () => fileWith("rows.csv", `external_ref,"${evil}","${evil}"\n1,2,3\n`);

test.each<[string, () => string[]]>([
  ["connections check", () => ["connections", "check"]],
  ["connections check of an unknown connection", () => ["connections", "check", "--connection", evil]],
  ["operations list", () => ["operations", "list", "--connection", "acme"]],
  ["operations show", () => ["operations", "show", "demo.1"]],
  ["operations show of an unknown operation", () => ["operations", "show", "demo.2"]],
  ["operations resolve", () => ["operations", "resolve", "demo.1", "--created", "7", "--reason", "x"]],
  ["preview", () => ["preview", "--field", "name=Acme"]],
  ["import with a refused row", () => ["import", rows(), "--connection", "acme"]],
  ["import with faulty columns", () => ["import", faultyColumn(), "--connection", "acme"]],
  ["an unknown option", () => [`--${evil.replace("\n", "")}`]],
])("%s", async (_, args) => {
  const { stdout, stderr } = await run(args(), { url });
  expectEscaped(`${stdout}${stderr}`);
});

test("a terminal with colours gets only the styles of the command", async () => {
  const styles = ["1", "22", "31", "32", "33", "39", "90"].map((style) => `\u001b[${style}m`);
  for (const args of [
    ["operations", "show", "demo.1"],
    ["connections", "check"],
  ]) {
    const { stdout } = await start(args, { url, environment: { FORCE_COLOR: "1" } }).ended;
    const shown = styles.reduce((rest, style) => rest.replaceAll(style, ""), stdout);
    expect(shown).not.toBe(stdout);
    expectEscaped(shown);
  }
});

function expectEscaped(text: string): void {
  expect(text).toContain("evil\\u001b[2J\\u001b[8m");
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Bidi_Control}\u2028\u2029]/u);
  expect(text).not.toMatch(/^\s*owned/m);
}

test("`printable` escapes every control character and keeps text of every script", () => {
  for (let code = 0; code <= 0xffff; code += 1) {
    const shown = printable(String.fromCharCode(code));
    expect(stripVTControlCharacters(shown)).toBe(shown);
    expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
  }
  const text = "Müller & Söhne 株式会社 שלום مرحبا 👩‍👩‍👧 ~!\\";
  expect(printable(text)).toBe(text);
  expect(printable(evil)).toContain("evil\\u001b[2J\\u001b[8m\\u001b]0;title\\u0007");
});
