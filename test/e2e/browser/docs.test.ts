import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { gatewayUrl, open, useBrowser } from "./browser.ts";

useBrowser();

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe finds fault with, but for the rules left out. */
async function faultsOf(page: Page, ...leftOut: string[]): Promise<string[]> {
  await page.evaluate(axe);
  const rules = Object.fromEntries(leftOut.map((id) => [id, { enabled: false }]));
  const { violations }: AxeResults = await page.evaluate(`axe.run({ rules: ${JSON.stringify(rules)} })`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const views = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;

const overflow = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

describe.each(views)("$width px, $colorScheme", (view) => {
  test("the reference can be read", async () => {
    const page = await open("/docs", view);
    await page.getByRole("heading", { name: "Create an account" }).first().waitFor();
    expect(await overflow(page)).toBe(0);
    // Scalar's buttons that copy have no name.
    expect(await faultsOf(page, "button-name")).toEqual([]);
  });

  test.each(["/problems", "/problems/outcome_unknown"])("%s can be read", async (path) => {
    const page = await open(path, view);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
  });
});

test("a link leads from the reference back to the console", async () => {
  const page = await open("/docs");
  await page.getByRole("link", { name: "← Console" }).click();
  await page.getByLabel("Gateway key").waitFor();
});

test("the reference creates an account, once for each Idempotency-Key", async () => {
  const page = await open("/docs");
  await page.getByPlaceholder("Token").first().fill("demo-key");
  await page.getByRole("button", { name: "Test Request" }).first().click();
  const dialog = page.getByRole("dialog");
  const key = dialog.getByText("8e03978e-40d5-43dd-bc93-6894a57f9324");
  await key.click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("from-the-reference");
  const send = async () => {
    const answered = page.waitForResponse(`${gatewayUrl}/v1/accounts`);
    await dialog.getByRole("button", { name: /^Send post request/ }).click();
    const answer = await answered;
    expect(answer.request().headers()["idempotency-key"]).toBe("from-the-reference");
    return answer;
  };
  const created = await send();
  expect(created.status()).toBe(201);
  await dialog.getByText("201 Created").waitFor();
  const replayed = await send();
  expect(replayed.headers()["idempotent-replayed"]).toBe("true");
  expect(await replayed.json()).toEqual(await created.json());
});
