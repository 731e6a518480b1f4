import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { toProblem } from "../../../../src/problem.ts";
import { useBrowser } from "../browser.ts";
import { openConsole } from "./console.ts";

useBrowser();

const check = (page: Page, id: string) => page.getByRole("button", { name: `Check ${id}`, exact: true });
const card = (page: Page, id: string) => page.getByRole("listitem").filter({ has: check(page, id) });

test.each(["demo-clarus", "demo-elastic-path", "demo-garmat", "demo-zendesk"])(
  "%s can be checked with the keyboard",
  async (id) => {
    const page = await openConsole("#/connections");
    await check(page, id).focus();
    await page.keyboard.press("Enter");
    await card(page, id)
      .getByRole("status")
      .getByText("The vendor answers, accepts the credentials, and supports lookups")
      .waitFor();
    await expect.poll(() => page.getByText("supports lookups").count()).toBe(1);
  },
);

test("a failed check shows its reason until the next check succeeds", async () => {
  const page = await openConsole("#/connections");
  const detail = "Garmat answered a read request with 401";
  const found = { reachable: true, authorized: false, lookup: null, detail };
  await page.route("**/v1/connections/demo-garmat/check", (route) => route.fulfill({ json: found }), { times: 1 });
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("status").getByText(detail).waitFor();
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByText("supports lookups").waitFor();
  expect(await page.getByText(detail).count()).toBe(0);
});

test("a check shows whether the gateway or the vendor did not answer", async () => {
  const page = await openConsole("#/connections");
  await page.route("**/v1/connections/demo-garmat/check", (route) => route.abort("connectionrefused"));
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("alert").getByText("The gateway does not answer").waitFor();
});

test("a check with a key that is not an operator's says which key it needs", async () => {
  const page = await openConsole("#/connections");
  const refusal = toProblem({ code: "operator_required" }, { url: page.url(), requestId: "request-1" });
  await page.route("**/v1/connections/demo-garmat/check", (route) =>
    route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(refusal) }),
  );
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("alert").getByText("Send a gateway key that has operator = true").waitFor();
});

test.each([
  { width: 390, isHintShown: true },
  { width: 1280, isHintShown: false },
])("a hint to scroll sideways is shown at $width px: $isHintShown", async ({ width, isHintShown }) => {
  const page = await openConsole("#/connections", { width });
  const table = page.getByRole("region", { name: "Fields" });
  await table.waitFor();
  await expect.poll(() => page.getByText("Scroll sideways to see every column").count()).toBe(isHintShown ? 1 : 0);
  expect(await table.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)).toBe(isHintShown);
});
