import { describe, expect, test } from "vitest";
import { expectNoSidewaysScroll, gatewayUrl, open, useBrowser, violations } from "./browser.ts";

useBrowser();

const views = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;

describe.each(views)("$width px, $colorScheme", (view) => {
  test("the reference is accessible and fits", async () => {
    const page = await open("/docs", view);
    await page.getByRole("heading", { name: "Create an account" }).first().waitFor();
    await expectNoSidewaysScroll(page);
    // Scalar's copy buttons have no name.
    expect(await violations(page, "button-name")).toEqual([]);
  });

  test.each(["/problems", "/problems/outcome_unknown"])("%s is accessible and fits", async (path) => {
    const page = await open(path, view);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expectNoSidewaysScroll(page);
    expect(await violations(page)).toEqual([]);
  });
});

test("the reference links to the console", async () => {
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
