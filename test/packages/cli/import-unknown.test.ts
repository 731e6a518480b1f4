/** A row stays unknown in every run of an import until the gateway answers about its operation. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type ProblemDetails, toProblem } from "../../../src/problem.ts";
import { startServer } from "../../support/http-server.ts";
import { run } from "./command.ts";

let problems: ProblemDetails[] = [];
const answers: Record<string, object> = {
  "GET /v1/connections": { connections: [{ id: "acme", vendor: "garmat", status: "ready", handling: "strict" }] },
  "GET /v1/connections/acme/schema": { type: "object", properties: { name: {}, external_ref: {} } },
};
const server = await startServer(({ method, url }, response) => {
  const next = `${method} ${url}` === "POST /v1/accounts" ? problems.shift() : undefined;
  const problem = next && toProblem(next, { url: "http://gateway.test/v1/accounts", requestId: "r", isKeyed: true });
  response.statusCode = problem?.status ?? 200;
  response.end(JSON.stringify(problem ?? answers[`${method} ${url}`]));
});
afterEach(() => server.close());

test("a refusal that is not about the operation leaves the row unknown", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "accounts.csv");
  writeFileSync(file, "name,external_ref\nAcme,crm-1\n");
  const importing = async (problem: ProblemDetails) => {
    problems = [problem];
    await run(["import", file, "--connection", "acme", "--timeout", "1"], { url: server.url });
    const lines = readFileSync(`${file}.acme.results.ndjson`, "utf8").trimEnd().split("\n");
    return JSON.parse(lines.at(-1) ?? "");
  };
  const stateAfter = async (problem: ProblemDetails) => (await importing(problem)).state;
  expect(await stateAfter({ code: "outcome_unknown", operation: "acme.1" })).toBe("unknown");
  expect(await stateAfter({ code: "invalid_query" })).toBe("unknown");
  expect(await stateAfter({ code: "idempotency_key_reused" })).toBe("unknown");
  expect(await stateAfter({ code: "vendor_rejected", operation: "acme.1" })).toBe("failed");
});
