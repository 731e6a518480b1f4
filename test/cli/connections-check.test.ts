/** `connections check` says what it has no way to know. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { run } from "./command.ts";

/** A gateway with one connection, over which nothing was created, or one account. */
async function checked(operations: readonly object[]) {
  const connection = {
    id: "acme",
    vendor: "garmat",
    status: "ready",
    handling: "strict",
    require_key: true,
    guarantee: null,
  };
  const operation = {
    id: "acme.1",
    state: "created",
    problem: null,
    history: [{ at: "2026-11-24T09:30:00.000Z", reason: "vendor_answered" }],
  };
  const server = createServer(({ url = "" }, response) => {
    const isList = url.startsWith("/v1/operations?");
    const answer =
      url === "/v1/connections"
        ? { connections: [connection] }
        : isList
          ? { operations, next_cursor: null }
          : operation;
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ended = await run(["connections", "check"], { url: `http://127.0.0.1:${port}` });
  server.close();
  return ended;
}

test("that nothing was sent to a vendor, where an operation could have told and none has", async () => {
  const { exitCode, stdout, stderr } = await checked([]);
  expect([exitCode, stdout.match(/\?/g)?.length]).toEqual([0, 2]);
  expect(stderr).toMatch(/^Nothing was sent to a vendor\. .*a create with an Idempotency-Key tells/);
});

test("nothing of it, where operations have told everything", async () => {
  const { exitCode, stdout, stderr } = await checked([{ id: "acme.1" }]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("2026-11-24T09:30:00.000Z");
});
