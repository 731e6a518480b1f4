// Makes the screenshots in docs/images: the console, served by `npm run dev`.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchChromium } from "../test/support/chromium.ts";
import { startDevServer, stopDevServer } from "../test/support/dev-server.ts";

const images = join(import.meta.dirname, "../docs/images");
const size = { width: 1280, height: 800 };

interface Screenshot {
  name: string;
  hash: string;
  /** Brings the page to the state of the screenshot. */
  show: (page: Page) => Promise<void>;
}

const screenshots: Screenshot[] = [
  {
    name: "translate",
    hash: "#/translate",
    show: async (page) => {
      await page.locator('[data-wire="demo-garmat not sent /legal_name"]').waitFor({ state: "attached" });
      await page.getByLabel("legal_name", { exact: true }).hover();
    },
  },
  {
    name: "reconciled",
    hash: "#/create?connection=demo-elastic-path",
    show: async (page) => {
      await page.getByLabel("timeout-after-commit").check();
      await page.getByRole("button", { name: /^Create on/ }).click();
      await page.getByRole("listitem").filter({ hasText: "Created A lookup found the account" }).waitFor();
      await page.mouse.move(0, 0);
    },
  },
];

const server = await startDevServer(mkdtempSync(join(tmpdir(), "account-gateway-")));
const browser = await launchChromium();
try {
  for (const { name, hash, show } of screenshots) {
    const page = await browser.newPage({ baseURL: server.url, viewport: size, colorScheme: "light" });
    await page.goto(`/${hash}`);
    await page.getByRole("button", { name: "Use the demo key" }).click();
    await show(page);
    await page.screenshot({ path: join(images, `${name}.png`), animations: "disabled" });
  }
} finally {
  await browser.close();
  await stopDevServer(server);
}
