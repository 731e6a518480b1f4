/** Chromium before the gateway that `npm run dev` serves. */
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
/** What the pages of a test did that they may not do. */
export const faults: string[] = [];

/** To be called at the top of a test file. A test fails whose pages ask another origin, break their policy or throw. */
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

/** Opens a page of the gateway as someone does who was never there before. */
export async function open(path: string, { width = 1280, colorScheme = "light" }: View = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: gatewayUrl, viewport: { width, height: 900 }, colorScheme });
  contexts.push(context);
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol) && origin !== new URL(gatewayUrl).origin) faults.push(`asks ${request.url()}`);
  });
  context.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) faults.push(message.text());
  });
  context.on("weberror", (error) => faults.push(error.error().stack ?? String(error.error())));
  const page = await context.newPage();
  await page.goto(path);
  return page;
}
