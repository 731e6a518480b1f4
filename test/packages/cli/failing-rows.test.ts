/** A failure of one row is a result of that row; a failure of every row stops the import. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { type ProblemCode, problemKinds } from "../../../schemas/problem.ts";
import { startServer } from "../../support/http-server.ts";
import { run } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));

/** The names that were sent, in order. */
let sent: string[] = [];
let problemOf: (name: string) => ProblemCode | undefined = () => undefined;
beforeEach(() => {
  sent = [];
});

/** A gateway that refuses every name for which `problemOf` returns a problem. */
const server = await startServer((request, response) => {
  const answer = (status: number, body: object) =>
    response
      .writeHead(status, { "Content-Type": status < 400 ? "application/json" : "application/problem+json" })
      .end(JSON.stringify(body));
  if (request.url === "/v1/connections")
    answer(200, { connections: [{ id: "acme", vendor: "garmat", status: "ready", handling: "strict" }] });
  else if (request.method === "GET") answer(200, { type: "object" });
  else
    void json(request).then((account) => {
      const { name } = z.object({ name: z.string() }).parse(account);
      sent.push(name);
      const code = problemOf(name);
      if (code === undefined) return answer(201, { id: `id-${name}`, vendor: "garmat", operation: null, warnings: [] });
      const { title, status, origin } = problemKinds[code];
      const type = `https://gateway.example.com/problems/${code}`;
      const detail = `No ${name}`;
      return answer(status, {
        type,
        title,
        status,
        origin,
        code,
        detail,
        instance: "/",
        effect: "none",
        retry: "never",
      });
    });
});
afterAll(() => server.close());

let files = 0;
function fileOf(names: readonly string[]): string {
  const file = join(folder, `${(files += 1)}.csv`);
  writeFileSync(file, `name,external_ref\n${names.map((name, index) => `${name},ref-${index + 1}\n`).join("")}`);
  return file;
}
const importing = (file: string) =>
  run(["import", file, "--connection", "acme", "--concurrency", "1", "--timeout", "1"], { url: server.url });
const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

test.each<ProblemCode>(["vendor_auth_failed", "vendor_unavailable", "vendor_rate_limited", "ledger_unavailable"])(
  "a row that fails with %s is reported, and the other rows are sent",
  async (code) => {
    problemOf = (name) => (name === "bad" ? code : undefined);
    const file = fileOf(["a", "bad", "b"]);
    const { exitCode, stdout } = await importing(file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: expect.stringContaining("2 created, 1 failed.") });
    expect(stdout).toMatch(new RegExp(`^row 3 {2}ref-2 {2}failed {2}${code}: No bad$`, "m"));
    expect(readFileSync(`${file}.acme.results.ndjson`, "utf8")).toContain(`"code":"${code}"`);

    problemOf = () => undefined;
    sent = [];
    expect(await importing(file)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("3 created") });
    expect(sent).toEqual(["bad"]);
  },
);

test("five consecutive rows that fail stop the import, and the next run sends them last", async () => {
  problemOf = (name) => (name.startsWith("bad") ? "vendor_auth_failed" : undefined);
  const file = fileOf(["good", ...names(5, "bad"), ...names(3, "later")]);
  const first = await importing(file);
  expect(first).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining("9 rows: 1 created, 5 failed, 3 not sent."),
    stderr: expect.stringContaining("because rows 3, 4, 5, 6, and 7 failed one after another."),
  });
  expect(sent).toEqual(["good", ...names(5, "bad")]);

  sent = [];
  await importing(file);
  expect(sent).toEqual([...names(3, "later"), ...names(5, "bad")]);
});

test("rows that fail between successful rows do not stop the import", async () => {
  problemOf = (name) => (name.startsWith("bad") ? "vendor_auth_failed" : undefined);
  const file = fileOf([...names(4, "bad"), "good", ...names(4, "bad")]);
  expect(await importing(file)).toMatchObject({
    exitCode: 4,
    stdout: expect.stringContaining("9 rows: 1 created, 8 failed."),
  });
});

test.each<ProblemCode>(["unauthenticated", "connection_not_found", "misconfigured"])(
  "%s stops the import at once",
  async (code) => {
    problemOf = () => code;
    expect(await importing(fileOf(["a", "b"]))).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("2 rows: 0 created, 2 not sent."),
      stderr: expect.stringContaining("every other row would fail too"),
    });
    expect(sent).toEqual(["a"]);
  },
);

test("only its owner can read a results file", async () => {
  problemOf = () => undefined;
  const file = fileOf(["a"]);
  await importing(file);
  expect(statSync(`${file}.acme.results.ndjson`).mode & 0o777).toBe(0o600);
});
