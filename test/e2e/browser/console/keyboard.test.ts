import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { open, useBrowser } from "../browser.ts";
import { freshName } from "./console.ts";

useBrowser();

const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    "(({ tagName, id, name, labels, ariaLabel, textContent }) => tagName === 'BODY' ? '' : [tagName, id, name, ariaLabel ?? labels?.[0]?.textContent ?? textContent].join(' '))(document.activeElement)",
  );

/** Presses Tab until an element that matches has the focus. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 80; steps += 1) {
    await page.keyboard.press("Tab");
    passed.push(await focused(page));
    if (wanted.test(passed.at(-1) ?? "")) return;
  }
  throw new Error(`Not reached: ${String(wanted)}, only ${passed.join(" | ")}`);
}

test("an account is translated and created without a mouse", async () => {
  const page = await open("/");
  await page.getByLabel("Gateway key").waitFor();
  await tabTo(page, /gateway-key/);
  await page.keyboard.type("demo-key");
  await page.keyboard.press("Enter");
  await page.getByRole("article", { name: "Garmat" }).waitFor();

  expect(await focused(page)).toContain("MAIN main");
  await tabTo(page, /handling/);
  await page.keyboard.press("ArrowRight");
  expect(await page.getByLabel("Lenient").isChecked()).toBe(true);
  await tabTo(page, /field-name/);
  const name = freshName();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(name);
  await expect.poll(() => page.locator('[data-target="demo-garmat /name"]').innerText()).toContain(name);
  await expect.poll(() => page.locator(".wire.is-lit").count()).toBe(4);

  await tabTo(page, /Create on demo-garmat/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Create", exact: true }).waitFor();
  await tabTo(page, /BUTTON.*Create on demo-garmat/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Created", exact: true }).waitFor();
  await expect.poll(() => page.getByRole("status").filter({ hasText: "demo-garmat: Created" }).count()).toBe(1);
});

test("a change of the view moves the focus to the content, and a focused element is visible", async () => {
  const page = await open("/");
  await page.getByRole("button", { name: "Use the demo key" }).click();
  await page.getByRole("link", { name: "Connections" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.title()).toBe("Connections · Account Gateway");
  await expect.poll(() => focused(page)).toContain("MAIN main");
  await page.keyboard.press("Tab");
  const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  expect(outline).toBe("solid");
});

test("the skip link moves the focus to the content", async () => {
  const page = await open("/");
  await page.getByLabel("Gateway key").waitFor();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toContain("Skip to the content");
  expect(await page.getByRole("link", { name: "Skip to the content" }).boundingBox()).toMatchObject({ y: 8 });
  await page.keyboard.press("Enter");
  expect(await focused(page)).toContain("MAIN main");
  expect(new URL(page.url()).hash).toBe("");
});
