/** Opens pages of the gateway that `npm run dev` serves, in Chromium. */
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { launchChromium } from "../../support/chromium.ts";

export const gatewayUrl = inject("gatewayUrl");

export interface View {
  width?: number;
  colorScheme?: "light" | "dark";
}

let browser: Browser;
let contexts: BrowserContext[] = [];
/** The forbidden actions that the pages of the current test performed. */
export const faults: string[] = [];

/**
 * Call this at the top of a test file. A test fails if one of its pages requests another origin, violates its Content
 * Security Policy or throws.
 */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    contexts = [];
    expect(faults.splice(0)).toEqual([]);
  });
}

/** Opens a page of the gateway as a new visitor. */
export async function open(path: string, { width = 1280, colorScheme = "light" }: View = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: gatewayUrl, viewport: { width, height: 900 }, colorScheme });
  contexts.push(context);
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol) && origin !== new URL(gatewayUrl).origin)
      faults.push(`requests ${request.url()}`);
  });
  context.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) faults.push(message.text());
  });
  context.on("weberror", (error) => faults.push(error.error().stack ?? String(error.error())));
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** The axe-core accessibility rules that the page violates. Skips the disabled rules. */
export async function violations(page: Page, ...disabledRules: string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const rules = Object.fromEntries(disabledRules.map((id) => [id, { enabled: false }]));
  const run = `axe.run({ rules: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`;
  const found = await page.evaluate<Violation[]>(run);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
}
