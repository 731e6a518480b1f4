/** The client in a page: bundled as an app would, before the gateway that serves it. */
import { build } from "esbuild";
import { expect, test } from "vitest";
import { open, useBrowser } from "./browser.ts";

useBrowser();

/** Runs the body of an async function in a page that has the client as `client`, and gives what it returns. */
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
  const begin =
    "const gateway = client.createAccountGateway({ baseUrl: location.origin, key: 'demo-key', connection: 'demo-elastic-path' });";
  return page.evaluate(`(async () => { ${begin} ${body} })()`);
}

test("an account whose creation nobody confirmed is found, and told once it is", async () => {
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

test("a problem is thrown, and a call can be ended", async () => {
  const met = await runWithClient(`
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
  expect(met).toEqual([
    { isOwn: true, code: "unsupported_field" },
    { isOwn: true, code: "aborted" },
    { isOwn: true, code: "unauthenticated" },
  ]);
});
