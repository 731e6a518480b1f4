import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { expectNoSidewaysScroll, open, useBrowser, violations } from "../browser.ts";
import { createAccount, freshName, openConsole, stateOf } from "./console.ts";

useBrowser();

const create = async (page: Page, shown: string) => {
  await page.getByRole("button", { name: /^Create on/ }).click();
  await page.getByRole("heading", { name: shown }).waitFor();
};
const firstOperation = async (page: Page) => {
  await page.getByRole("table").getByRole("link").first().click();
  await page
    .getByRole("region", { name: /review|Created/i })
    .first()
    .waitFor();
};

/** Each view, and the steps that load its content. */
const views: [string, string, (page: Page) => Promise<void>][] = [
  ["a translation", "#/translate", (page) => page.getByRole("article", { name: "Garmat" }).waitFor()],
  [
    "a translation of invalid JSON",
    "#/translate",
    async (page) => {
      await page.getByLabel("JSON", { exact: true }).check();
      await page.getByLabel("The account as JSON").fill('{ "nam": "" }');
      await page.locator("#editor-errors").waitFor();
    },
  ],
  [
    "a create before it is sent",
    "#/create?connection=demo-garmat",
    async (page) => {
      await page.getByRole("heading", { name: "Request to Garmat" }).waitFor();
    },
  ],
  [
    "a refused create",
    "#/create?connection=demo-garmat",
    (page) => create(page, "The connection does not support a field"),
  ],
  ["an account", "#/create?connection=demo-elastic-path", (page) => create(page, "Created")],
  ["operations", "#/operations?connection=demo-garmat", (page) => page.getByRole("table").waitFor()],
  ["an operation in review", "#/operations?connection=demo-garmat&state=needs_review", firstOperation],
  [
    "connections, one of them checked",
    "#/connections",
    async (page) => {
      await page.getByRole("button", { name: "Check demo-garmat" }).click();
      await page.getByText("supports lookups").waitFor();
    },
  ],
  ["an unknown page", "#/nope", (page) => page.getByRole("heading", { name: "No such page" }).waitFor()],
];

beforeAll(async () => {
  const name = `fault:reset ${freshName()}`;
  const { operation } = await createAccount("demo-garmat", { name }, name);
  // Wait for the review before a page opens the list: the view reads the list only once.
  await vi.waitUntil(async () => (await stateOf(operation)) === "needs_review", { timeout: 20_000, interval: 100 });
});

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test("the sign-in is accessible", async () => {
    const page = await open("/", { colorScheme });
    await page.getByLabel("Gateway key").waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test.each(views)("%s is accessible", async (_name, hash, fill) => {
    const page = await openConsole(hash, { colorScheme });
    await fill(page);
    expect(await violations(page)).toEqual([]);
  });
});

describe("on a phone", () => {
  test.each(views)("%s is accessible and fits", async (_name, hash, fill) => {
    const page = await openConsole(hash, { width: 390 });
    await fill(page);
    await expectNoSidewaysScroll(page);
    expect(await violations(page)).toEqual([]);
  });
});

test("the chosen theme overrides the system's theme and stays after a reload", async () => {
  const page = await open("/", { colorScheme: "light" });
  const scheme = () => page.evaluate("getComputedStyle(document.documentElement).colorScheme");
  await page.getByRole("button", { name: "Change to light" }).click();
  await page.getByRole("button", { name: "Change to dark" }).click();
  expect(await scheme()).toBe("dark");
  await page.reload();
  await page.getByRole("button", { name: "Theme: dark" }).waitFor();
  expect(await scheme()).toBe("dark");
});

describe("a long text without spaces fits on a phone", () => {
  const long = "x".repeat(3000);
  const narrow = { width: 390 };

  test("in the account and in its errors", async () => {
    const page = await openConsole("#/translate", narrow);
    await page.getByLabel("JSON", { exact: true }).check();
    const account = { name: long.slice(0, 300), [long]: 1, custom: { [long.slice(0, 64)]: "y" } };
    await page.getByLabel("The account as JSON").fill(JSON.stringify(account));
    await page.locator("#editor-errors").waitFor();
    await expectNoSidewaysScroll(page);
    await page.getByLabel("Form", { exact: true }).check();
    await expectNoSidewaysScroll(page);
    await page.getByRole("navigation").getByRole("link", { name: "Create" }).click();
    await page.getByText("The account is not valid").waitFor();
    await expectNoSidewaysScroll(page);
  });

  test("in a vendor's error", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path", narrow);
    const problem = { title: long, status: 422, detail: long, code: "vendor_rejected", effect: "none", retry: "never" };
    const vendor = { name: "x", connection: "x", status: 422, errors: [{ [long]: long }] };
    await page.route("**/v1/accounts?**", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/problem+json",
        json: { ...problem, errors: [{ pointer: `/${long}`, detail: long }], vendor },
      }),
    );
    await page.getByRole("button", { name: /^Create on/ }).click();
    await page.getByText("The vendor’s error").click();
    await expectNoSidewaysScroll(page);
  });

  test("in the id of a connection", async () => {
    const page = await open("/#/operations", narrow);
    const id = long.slice(0, 53);
    await page.route("**/v1/connections", async (route) => {
      const answer = await (await route.fetch()).text();
      await route.fulfill({ contentType: "application/json", body: answer.replaceAll("demo-clarus", id) });
    });
    await page.getByRole("button", { name: "Use the demo key" }).click();
    await page.getByRole("combobox").first().waitFor();
    await expectNoSidewaysScroll(page);
    for (const view of ["Create", "Connections", "Translate"]) {
      await page.getByRole("navigation").getByRole("link", { name: view }).click();
      await page.getByRole("heading", { name: view, exact: true }).waitFor();
      await page.getByText(id).first().waitFor();
      await expectNoSidewaysScroll(page);
    }
  });
});
