/** The gateway with Acme CRM, in this process. */
import { gatewayHandlers, type GatewayOptions, gatewayScenario } from "@account-gateway/testing";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { acme } from "../src/acme.ts";
import { acmeError, createAcmeSandbox, sandboxToken } from "../src/acme-sandbox.ts";

/** A new sandbox, and a connection `demo-acme` to it. */
const options = (): GatewayOptions => ({
  vendors: [
    {
      adapter: acme,
      connection: { workspace: "main", auth: { type: "bearer", token: { secret: "ACME_TOKEN" } } },
      secrets: { ACME_TOKEN: sandboxToken },
      sandbox: createAcmeSandbox(),
      rejection: acmeError,
    },
  ],
});

const server = setupServer(...gatewayHandlers(options()));
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers(...gatewayHandlers(options())));
afterAll(() => server.close());

async function create(name: string, key = "signup-4711") {
  const answer = await fetch("https://gateway.test/v1/accounts", {
    method: "POST",
    headers: {
      Authorization: "Bearer demo-key",
      "Gateway-Connection": "demo-acme",
      "Idempotency-Key": key,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ name }),
  });
  return { status: answer.status, replayed: answer.headers.get("Idempotent-Replayed"), body: await answer.json() };
}

test("creates an account", async () => {
  const { status, body } = await create("Acme Corporation");
  expect(status).toBe(201);
  expect(body).toMatchObject({ name: "Acme Corporation", active: true });
});

test("answers a repeated key with the same account", async () => {
  const { body } = await create("Acme Corporation");
  const again = await create("Acme Corporation");
  expect(again).toMatchObject({ status: 201, replayed: "true", body: { id: body.id } });
});

test("finds the account again if the vendor breaks the connection", async () => {
  const broken = await create("fault:reset Acme");
  expect(broken).toMatchObject({ status: 504, body: { code: "outcome_unknown" } });
  expect(await create("fault:reset Acme")).toMatchObject({ status: 201, body: { name: "fault:reset Acme" } });
});

test("reports an account that the vendor rejects", async () => {
  server.use(...gatewayScenario("invalid", options()));
  const { status, body } = await create("Acme Corporation");
  expect(status).toBe(422);
  expect(body).toMatchObject({ code: "vendor_rejected", errors: [{ pointer: "/name" }] });
});
