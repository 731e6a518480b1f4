/** `connections check` shows the gateway's detail at the step that failed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { ConnectionCheck } from "../../../schemas/documents/capability.ts";
import { run } from "./command.ts";

/** Runs the check against a gateway with one connection and this check result. */
async function checked(found: ConnectionCheck | undefined) {
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
    ...(found && { "POST /v1/connections/acme/check": found }),
  };
  const server = createServer(({ method, url }, response) => {
    const answer = answers[`${method} ${url}`];
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ended = await run(["connections", "check"], { url: `http://127.0.0.1:${port}` });
  server.close();
  const [id, configuration, guaranteed, ...lines] = ended.stdout.trimEnd().split("\n");
  expect(id).toBe("acme");
  expect(configuration).toMatch(/^ {2}✔ {2}configuration {2}garmat, handling strict, Idempotency-Key required$/);
  expect(guaranteed).toBe("  ✔  guarantee      reconciled: It shows its accounts.");
  return { exitCode: ended.exitCode, lines };
}

const detail = "Garmat answered 503";
test.each([
  {
    name: "all is well",
    found: { reachable: true, authorized: true, lookup: true, detail: null },
    exitCode: 0,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted", "  ✔  lookup         works"],
  },
  {
    name: "the vendor has no lookup",
    found: { reachable: true, authorized: true, lookup: null, detail: null },
    exitCode: 0,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted"],
  },
  {
    name: "lookups fail",
    found: { reachable: true, authorized: true, lookup: false, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", "  ✔  credentials    accepted", `  ✘  lookup         ${detail}`],
  },
  {
    name: "the credentials are refused",
    found: { reachable: true, authorized: false, lookup: null, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", `  ✘  credentials    ${detail}`, "  ?  lookup         not checked"],
  },
  {
    name: "the vendor is down",
    found: { reachable: true, authorized: null, lookup: null, detail },
    exitCode: 3,
    lines: ["  ✔  vendor         reachable", `  ?  credentials    ${detail}`, "  ?  lookup         not checked"],
  },
  {
    name: "the vendor cannot be reached",
    found: { reachable: false, authorized: null, lookup: null, detail },
    exitCode: 3,
    lines: [`  ✘  vendor         ${detail}`, "  ?  credentials    not checked", "  ?  lookup         not checked"],
  },
])("$name", async ({ found, exitCode, lines }) => {
  expect(await checked(found)).toEqual({ exitCode, lines });
});

test("a gateway without this check is reported as such, not as a vendor failure", async () => {
  const { exitCode, lines } = await checked(undefined);
  expect(exitCode).toBe(3);
  expect(lines).toEqual([expect.stringMatching(/^ {2}\? {2}vendor {9}not checked: unreadable_answer: /)]);
});
