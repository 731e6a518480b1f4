import { setTimeout } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { useBrowser } from "../browser.ts";
import { createAccount, freshName, openConsole } from "./console.ts";

useBrowser();

test("the list loads more than one page, and filters by state", async () => {
  const page = await openConsole("#/operations?connection=demo-elastic-path");
  await page.getByRole("button", { name: "Refresh" }).waitFor();
  const registration_id = crypto.randomUUID();
  const createRegistered = (name: string) =>
    createAccount("demo-elastic-path", { name, external_ref: name, registration_id }, name);
  await createRegistered(freshName());
  const names = Array.from({ length: 51 }, () => freshName());
  await Promise.all(names.map((name) => createAccount("demo-elastic-path", { name }, name)));
  // The vendor's list shows an account only after a second.
  await setTimeout(1_000);
  expect((await createRegistered(freshName())).status).toBe(409);
  await page.getByRole("button", { name: "Refresh" }).click();
  const rows = page.getByRole("region", { name: "Operations" }).locator("tbody tr");
  await expect.poll(() => rows.count()).toBe(50);
  await page.getByRole("button", { name: "Load more" }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(51);
  await page.getByLabel("State").selectOption("rejected");
  await expect.poll(async () => [...new Set(await rows.locator(".state").allInnerTexts())]).toEqual(["Rejected"]);
  expect(page.url()).toContain("state=rejected");
  await page.getByRole("columnheader", { name: "Expires" }).waitFor();
  await rows.first().getByRole("link").click();
  await page.getByRole("heading", { name: "Rejected", exact: true }).waitFor();
  await page.getByRole("term").filter({ hasText: "Expires" }).waitFor();
  expect(await page.getByRole("list").filter({ hasText: "Sending started" }).innerText()).toContain(
    "The vendor answered",
  );
});

test("the list fits a small screen, and the top bar has two lines", async () => {
  await createAccount("demo-elastic-path", { name: freshName() }, freshName());
  const page = await openConsole("#/operations?connection=demo-elastic-path", { width: 390 });
  const list = page.getByRole("region", { name: "Operations" });
  await list.getByRole("link").first().waitFor();
  expect(await list.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  expect((await page.getByRole("banner").boundingBox())?.height).toBeLessThan(90);
});

describe("an operation in review", () => {
  /** Creates an operation in review, and opens it from the list. */
  async function openReview(): Promise<{ page: Page; name: string }> {
    const name = `fault:timeout-after-commit ${freshName()}`;
    const { status, operation } = await createAccount("demo-garmat", { name }, name);
    expect(status).toBe(504);
    const page = await openConsole("#/operations?connection=demo-garmat");
    await page
      .getByRole("table")
      .getByRole("link", { name: operation.split(".").at(-1) ?? "" })
      .click();
    return { page, name };
  }

  test("can be resolved as created, with a candidate that the vendor shows", async () => {
    const { page, name } = await openReview();
    const form = page.getByRole("form", { name: "Does the account exist?" });
    await form.getByRole("radio", { name }).check();
    expect(await form.getByLabel("The account’s id at the vendor").inputValue()).toMatch(/^[0-9a-f-]{36}$/);
    await form.getByLabel("Reason for your decision").fill("Seen in the vendor's list");
    await form.getByRole("button", { name: "Resolve the operation" }).click();
    await page.getByRole("heading", { name: "Created", exact: true }).waitFor();
    const steps = await page.getByRole("list").filter({ hasText: "Sending started" }).innerText();
    expect(steps).toMatch(/Resolved by an operator \(demo\)[\s\S]*Seen in the vendor's list/);
    expect(await form.count()).toBe(0);
  });

  test("can be resolved as not created, and needs a reason", async () => {
    const { page } = await openReview();
    const form = page.getByRole("form", { name: "Does the account exist?" });
    await form.getByLabel("No, it was not created").check();
    const reason = form.getByLabel("Reason for your decision");
    await reason.fill("  ");
    await form.getByRole("button", { name: "Resolve the operation" }).click();
    await form.getByRole("alert").getByText("The resolution is not valid").waitFor();
    await reason.fill("Not in the vendor's list");
    await form.getByRole("button", { name: "Resolve the operation" }).click();
    await page.getByRole("heading", { name: "Not created" }).waitFor();
  });
});
