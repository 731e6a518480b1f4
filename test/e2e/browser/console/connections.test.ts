import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { toProblem } from "../../../../src/problem.ts";
import { useBrowser } from "../browser.ts";
import { openConsole } from "./console.ts";

useBrowser();

const check = (page: Page, id: string) => page.getByRole("button", { name: `Check ${id}`, exact: true });
const card = (page: Page, id: string) => page.getByRole("listitem").filter({ has: check(page, id) });

test.each(["demo-clarus", "demo-elastic-path", "demo-garmat", "demo-zendesk"])(
  "%s is checked, by keyboard",
  async (id) => {
    const page = await openConsole("#/connections");
    await check(page, id).focus();
    await page.keyboard.press("Enter");
    await card(page, id)
      .getByRole("status")
      .getByText("The vendor answers, takes the credentials, and lets accounts be looked up")
      .waitFor();
    expect(await page.getByText("lets accounts be looked up").count()).toBe(1);
  },
);

test("what is wrong is told, and gone once it is well", async () => {
  const page = await openConsole("#/connections");
  const detail = "Garmat answered a read request with 401";
  const found = { reachable: true, authorized: false, lookup: null, detail };
  await page.route("**/v1/connections/demo-garmat/check", (route) => route.fulfill({ json: found }), { times: 1 });
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("status").getByText(detail).waitFor();
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByText("lets accounts be looked up").waitFor();
  expect(await page.getByText(detail).count()).toBe(0);
});

test("a gateway that does not answer is told apart from its vendor", async () => {
  const page = await openConsole("#/connections");
  await page.route("**/v1/connections/demo-garmat/check", (route) => route.abort("connectionrefused"));
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("alert").getByText("The gateway does not answer").waitFor();
});

test("a key that is no operator's is told who may check", async () => {
  const page = await openConsole("#/connections");
  const refusal = toProblem({ code: "operator_required" }, { url: page.url(), requestId: "request-1" });
  await page.route("**/v1/connections/demo-garmat/check", (route) =>
    route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(refusal) }),
  );
  await check(page, "demo-garmat").click();
  await card(page, "demo-garmat").getByRole("alert").getByText("Use a gateway key that has operator = true").waitFor();
});
