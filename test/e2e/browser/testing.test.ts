/** The testing kit in Chromium: msw's service worker passes the page's requests to the gateway in the page. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "../../support/chromium.ts";
import { type HttpServer, startServer } from "../../support/http-server.ts";
import { connections, expected, scenarioNames } from "../../packages/testing/answers.ts";

let server: HttpServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const [script] = (
    await build({
      entryPoints: [fileURLToPath(import.meta.resolve("./testing-page.ts"))],
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
    })
  ).outputFiles;
  const files: Record<string, string> = {
    "/": '<!doctype html><title>Testing kit</title><script type="module" src="/page.js"></script>',
    "/page.js": script?.text ?? "",
    "/mockServiceWorker.js": readFileSync(fileURLToPath(import.meta.resolve("msw/mockServiceWorker.js")), "utf8"),
  };
  server = await startServer(({ url = "/" }, response) => {
    const type = url === "/" ? "text/html" : "text/javascript";
    response.writeHead(url in files ? 200 : 404, { "Content-Type": type }).end(files[url]);
  });
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction("'runScenario' in globalThis");
});
afterAll(async () => {
  await browser.close();
  server.close();
});

describe.each(scenarioNames)("%s", (name) => {
  test.each(connections)("on %s", async (connection) => {
    const answers = expected[name][connection];
    const call = `runScenario(${JSON.stringify(name)}, ${JSON.stringify(connection)}, ${answers.length})`;
    expect(await page.evaluate(call)).toEqual(answers);
  });
});
