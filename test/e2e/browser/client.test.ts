/** The client, bundled into a page of the gateway. */
import { build } from "esbuild";
import { expect, test } from "vitest";
import { open, useBrowser } from "./browser.ts";

useBrowser();

/** Runs the body of an async function in a page with the client as `client`, and returns its result. */
async function runWithClient(body: string): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: ["packages/client/src/index.ts"],
    bundle: true,
    format: "iife",
    globalName: "client",
    write: false,
  });
  const page = await open("/healthz");
  await page.addScriptTag({ content: outputFiles.map(({ text }) => text).join("\n") });
  const setup =
    "const gateway = client.createAccountGateway({ baseUrl: location.origin, key: 'demo-key', connection: 'demo-elastic-path' });";
  return page.evaluate(`(async () => { ${setup} ${body} })()`);
}

test("a create without the vendor's answer returns the account that a lookup found", async () => {
  const created = await runWithClient(
    "return gateway.accounts.create({ name: 'fault:timeout-after-commit From a page' });",
  );
  expect(created).toMatchObject({
    kind: "created",
    account: { name: "fault:timeout-after-commit From a page", warnings: [{ code: "reconciled" }] },
    idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    requestId: expect.any(String),
  });
});

test("a failed call throws its problem, and a signal ends a call", async () => {
  const failures = await runWithClient(`
    const failure = async (call) => {
      try {
        await call;
      } catch (error) {
        return { isOwn: error instanceof client.AccountGatewayError, code: error.problem.code };
      }
    };
    return [
      await failure(gateway.accounts.create({ name: "From a page", email: "a@b.test" })),
      await failure(gateway.accounts.create({ name: "fault:timeout-before-commit A" }, { signal: AbortSignal.timeout(500) })),
      await failure(client.createAccountGateway({ baseUrl: location.origin, key: "wrong" }).connections.list()),
    ];`);
  expect(failures).toEqual([
    { isOwn: true, code: "unsupported_field" },
    { isOwn: true, code: "aborted" },
    { isOwn: true, code: "unauthenticated" },
  ]);
});
