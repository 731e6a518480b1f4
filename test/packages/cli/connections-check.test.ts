/** `connections check` shows the gateway's detail at the step that failed. */
import { expect, test } from "vitest";
import type { ConnectionCheck } from "../../../schemas/documents/capability.ts";
import { startServer } from "../../support/http-server.ts";
import { run } from "./command.ts";

/** Runs the check against a gateway with one connection and this check result. */
async function check(result: ConnectionCheck | undefined) {
  const guarantee = { level: "reconciled", assumption: "It shows its accounts." };
  const connection = {
    id: "acme",
    vendor: "garmat",
    status: "ready",
    handling: "strict",
    require_key: true,
    guarantee,
  };
  const answers: Record<string, object> = {
    "GET /v1/connections": { connections: [connection] },
    ...(result && { "POST /v1/connections/acme/check": result }),
  };
  const server = await startServer(({ method, url }, response) => {
    const answer = answers[`${method} ${url}`];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer));
  });
  const ended = await run(["connections", "check"], { url: server.url });
  server.close();
  const [id, configuration, guaranteeLine, ...lines] = ended.stdout.trimEnd().split("\n");
  expect(id).toBe("acme");
  expect(configuration).toMatch(/^ {2}✔ {2}configuration {2}garmat, handling strict, Idempotency-Key required$/);
  expect(guaranteeLine).toBe("  ✔  guarantee      reconciled: It shows its accounts.");
  return { exitCode: ended.exitCode, lines };
}

const detail = "Garmat answered 503";
test.each([
  {
    name: "every step succeeds",
    result: { reachable: true, authorized: true, lookup: true, detail: null },
    exitCode: 0,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted", "  ✔  lookup         works"],
  },
  {
    name: "the vendor has no lookup",
    result: { reachable: true, authorized: true, lookup: null, detail: null },
    exitCode: 0,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted"],
  },
  {
    name: "lookups fail",
    result: { reachable: true, authorized: true, lookup: false, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted", `  ✘  lookup         ${detail}`],
  },
  {
    name: "the credentials are refused",
    result: { reachable: true, authorized: false, lookup: null, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", `  ✘  credentials    ${detail}`, "  ?  lookup         not checked"],
  },
  {
    name: "the vendor answers an error",
    result: { reachable: true, authorized: null, lookup: null, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", `  ?  credentials    ${detail}`, "  ?  lookup         not checked"],
  },
  {
    name: "the vendor cannot be reached",
    result: { reachable: false, authorized: null, lookup: null, detail },
    exitCode: 3,
    lines: [`  ✘  vendor         ${detail}`, "  ?  credentials    not checked", "  ?  lookup         not checked"],
  },
])("$name", async ({ result, exitCode, lines }) => {
  expect(await check(result)).toEqual({ exitCode, lines });
});

test("a gateway that does not have the route is reported, and not as a failure of the vendor", async () => {
  const { exitCode, lines } = await check(undefined);
  expect(exitCode).toBe(3);
  expect(lines).toEqual([expect.stringMatching(/^ {2}\? {2}vendor {9}not checked: unreadable_answer: /)]);
});
