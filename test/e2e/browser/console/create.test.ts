import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { freshName, openConsole } from "./console.ts";

useBrowser();

const create = (page: Page) => page.getByRole("button", { name: /^Create on/ }).click();
const outcome = (page: Page) => page.getByRole("region", { name: "Outcome" });
const again = (page: Page) => page.getByRole("button", { name: "Send again with the same key" });

/** Writes an account that has only this name. */
async function writeName(page: Page, name: string): Promise<void> {
  await page.getByText("The whole account as JSON").click();
  await page.getByLabel("The account as JSON").fill(JSON.stringify({ name }));
}

describe("a create shows the account beside the vendor's own reply", () => {
  test.each([
    ["demo-clarus", "Clarus"],
    ["demo-elastic-path", "Elastic Path"],
    ["demo-garmat", "Garmat"],
    ["demo-zendesk", "Zendesk"],
  ])("on %s", async (connection, vendor) => {
    const page = await openConsole(`#/create?connection=${connection}`);
    const name = freshName();
    await writeName(page, name);
    await create(page);
    await outcome(page).getByRole("heading", { name: "Created" }).waitFor();
    const account = outcome(page).getByRole("region", { name: "The account" });
    expect(await account.innerText()).toContain(name);
    const reply = outcome(page).getByRole("region", { name: `${vendor}’s own reply` });
    expect(await reply.innerText()).toContain(name);
    const row = outcome(page).getByRole("row").filter({ hasText: "/name" }).first();
    expect(await row.innerText()).toContain("yes");
    expect(await outcome(page).getByRole("figure", { name: "How long it took" }).innerText()).toMatch(
      /Gateway \d.*Vendor \d.*Ledger \d/s,
    );
  });
});

describe("an unknown outcome", () => {
  test("is followed until a lookup finds the account, which answers the same key", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    await writeName(page, freshName());
    await page.getByLabel("timeout-after-commit").check();
    await create(page);
    await outcome(page)
      .getByRole("heading", { name: "The gateway does not know whether the account was created" })
      .waitFor();
    expect(await outcome(page).innerText()).toContain("an account may exist.");
    expect(await outcome(page).innerText()).not.toContain("Without a key");
    const operation = outcome(page).getByRole("region", { name: "The operation" });
    await operation.getByText("A lookup found the account").waitFor();
    await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
    expect(await outcome(page).innerText()).not.toContain("an account may exist.");
    await outcome(page).getByRole("region", { name: "The account" }).waitFor();
    await again(page).click();
    await outcome(page).getByRole("heading", { name: "Created earlier with this key" }).waitFor();
    expect(await outcome(page).getByRole("list", { name: "Answers to this key so far" }).innerText()).toMatch(
      /504 outcome_unknown.*201 replayed/s,
    );
    expect(await outcome(page).innerText()).toContain("reconciled");
  });

  test("shows the time of the next lookup until the outcome is known", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    await writeName(page, freshName());
    await page.getByLabel("timeout-before-commit").check();
    await create(page);
    const next = page.getByRole("listitem").filter({ hasText: "Next lookup" });
    await expect.poll(() => next.innerText()).toMatch(/Next lookup or repeat\s+\+\d+\.\d s/);
    await page.getByText("Two lookups did not find the account").waitFor();
    expect(await next.count()).toBe(0);
    await page.getByRole("heading", { name: "Not created" }).waitFor();
    expect(await outcome(page).innerText()).not.toContain("cannot be reached");
  });

  test("needs a person's review if the vendor cannot be looked up", async () => {
    const page = await openConsole("#/create?connection=demo-garmat");
    await writeName(page, freshName());
    await page.getByLabel("timeout-after-commit").check();
    await create(page);
    await outcome(page).getByText("Since then, the operation has changed to this state.").waitFor();
    await outcome(page).getByRole("link", { name: "Review this operation" }).click();
    await page.getByRole("form", { name: "Does the account exist?" }).waitFor();
  });

  test("without a key refers to the vendor's own system", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    await writeName(page, freshName());
    await page.getByLabel("reset", { exact: true }).check();
    await page.getByLabel("Idempotency-Key", { exact: true }).uncheck();
    await create(page);
    await outcome(page)
      .getByRole("heading", { name: "The gateway does not know whether the account was created" })
      .waitFor();
    expect(await outcome(page).innerText()).toContain("Check the vendor's system");
    expect(await outcome(page).innerText()).not.toContain("with the same Idempotency-Key");
    expect(await again(page).count()).toBe(0);
  });
});

test("a create with respond-async is followed until the ledger has sent it", async () => {
  const page = await openConsole("#/create?connection=demo-clarus");
  await writeName(page, freshName());
  await page.getByLabel("Answer now; the ledger sends the account later").check();
  await create(page);
  const operation = outcome(page).getByRole("region", { name: "The operation" });
  await operation.getByText("The account exists. This state is final.").waitFor();
  await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
  await outcome(page).getByRole("region", { name: "The account" }).waitFor();
});

test("the user can send the account without the unsupported fields", async () => {
  const page = await openConsole("#/create?connection=demo-garmat");
  await create(page);
  await outcome(page).getByRole("heading", { name: "The connection does not support a field" }).waitFor();
  expect(await outcome(page).innerText()).toContain("this request created no account.");
  const link = outcome(page).getByRole("link", { name: "422 unsupported_field" });
  expect(await link.getAttribute("href")).toBe("/problems/unsupported_field");
  await outcome(page).getByRole("button", { name: "Send without the unsupported fields" }).click();
  await outcome(page).getByRole("heading", { name: "Created" }).waitFor();
  expect(await outcome(page).innerText()).toContain("/legal_name");
});

test("one key is for one account: the same account is replayed, and another account gets a new key", async () => {
  const page = await openConsole("#/create?connection=demo-elastic-path");
  const key = page.getByLabel("The Idempotency-Key");
  await writeName(page, freshName());
  const first = await key.inputValue();
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  await create(page);
  await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
  await create(page);
  await outcome(page).getByRole("heading", { name: "Created earlier with this key" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill(freshName());
  await expect.poll(() => key.inputValue()).not.toBe(first);
  await key.fill(first);
  await create(page);
  await outcome(page).getByRole("button", { name: "Send with a new key" }).click();
  await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
});

test("another account also gets a new reference, unless the user typed it", async () => {
  const page = await openConsole("#/create?connection=demo-clarus");
  const json = page.getByLabel("The account as JSON");
  const reference = async () => /"external_ref": ?"(.*)"/.exec(await json.inputValue())?.[1];
  await page.getByText("The whole account as JSON").click();
  const first = await reference();
  await create(page);
  await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
  await page.getByLabel("html-502").check();
  await expect.poll(reference).not.toBe(first);
  const second = await reference();
  await page.getByText(`Reference ${second}`).waitFor();
  await create(page);
  await outcome(page).getByRole("heading", { name: "Not created" }).waitFor();
  await page.getByRole("button", { name: "New key and reference" }).click();
  await expect.poll(reference).not.toBe(second);
  const typed = freshName();
  await json.fill(JSON.stringify({ name: freshName(), external_ref: typed }));
  await page.getByRole("button", { name: "New key", exact: true }).click();
  expect(await reference()).toBe(typed);
});

describe("the connection", () => {
  test("stays chosen while the user visits another view, and shows the outcome of its create", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route("**/v1/accounts?**", async (route) => {
      await held;
      await route.continue();
    });
    await create(page);
    await page.getByText(/Waiting for demo-elastic-path/).waitFor();
    await page.getByRole("link", { name: "Connections" }).click();
    await page.getByRole("navigation").getByRole("link", { name: "Create" }).click();
    await page.getByText(/Waiting for demo-elastic-path/).waitFor();
    await page.getByRole("radio", { name: "demo-garmat" }).check();
    await page.getByRole("button", { name: "Create on demo-garmat" }).waitFor();
    release();
    await page.getByRole("radio", { name: "demo-elastic-path" }).check();
    await outcome(page).getByRole("heading", { name: "Created", exact: true }).waitFor();
  });

  test.each(["create", "operations"])(
    "in the URL is not replaced by another on %s if it does not exist",
    async (view) => {
      const page = await openConsole(`#/${view}?connection=nope`);
      await page.getByRole("alert").getByText("This key cannot use the connection nope").waitFor();
      expect(await page.getByRole("radio", { name: "demo-", checked: true }).count()).toBe(0);
    },
  );
});

test("a preview is marked as outdated while the JSON is invalid", async () => {
  const page = await openConsole("#/create?connection=demo-elastic-path");
  await outcome(page).getByText("Can be sent").waitFor();
  await page.getByText("The whole account as JSON").click();
  await page.getByLabel("The account as JSON").fill('{ "name": ');
  await outcome(page).getByText("Preview of an earlier account").waitFor();
  expect(await outcome(page).innerText()).toContain("not JSON");
});
