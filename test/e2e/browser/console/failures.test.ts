import type { Page, Route } from "playwright-core";
import { describe, expect, test } from "vitest";
import { open, useBrowser } from "../browser.ts";
import { openConsole } from "./console.ts";

useBrowser();

const json = (body: unknown) => (route: Route) => route.fulfill({ json: body });
const html = (route: Route) =>
  route.fulfill({ status: 500, contentType: "text/html", body: "<h1>500 Internal Server Error</h1>" });
const noAnswer = (route: Route) => route.abort("connectionrefused");
const unauthenticated = (route: Route) =>
  route.fulfill({
    status: 401,
    contentType: "application/problem+json",
    json: {
      code: "unauthenticated",
      title: "A gateway key is required",
      detail: "The gateway key is unknown",
      status: 401,
      effect: "none",
      retry: "never",
    },
  });

const signIn = (page: Page) => page.getByRole("button", { name: "Use the demo key" }).click();
const views = ["#/translate", "#/create", "#/operations", "#/connections"];

describe("the gateway key", () => {
  test("is refused if the gateway does not know it", async () => {
    const page = await open("/");
    await page.getByLabel("Gateway key").fill("not-a-key");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("The gateway does not know this key").waitFor();
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
    await expect.poll(() => page.getByLabel("Gateway key").count()).toBe(1);
  });

  test("is not sent if a header cannot hold it", async () => {
    const page = await open("/");
    await page.getByLabel("Gateway key").fill("ключ");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("The gateway key cannot be sent").waitFor();
    await page.getByLabel("Gateway key").fill("demo-key");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Create", exact: true }).click();
    await page.getByLabel("The Idempotency-Key").fill("ключ");
    await page.getByRole("button", { name: /^Create on/ }).click();
    await page.getByRole("heading", { name: "The Idempotency-Key cannot be sent" }).waitFor();
    await expect.poll(() => page.getByText("nothing was sent").count()).toBe(1);
  });

  test("stays only in the tab's sessionStorage until the user signs out, also after a reload", async () => {
    const page = await openConsole("#/translate");
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    await page.reload();
    await page.getByRole("article", { name: "Garmat" }).waitFor();
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage })")).toContain("demo-key");
    expect(await page.evaluate("JSON.stringify({ ...localStorage })")).not.toContain("demo-key");
    const otherTab = await page.context().newPage();
    await otherTab.goto("/");
    await otherTab.getByLabel("Gateway key").waitFor();
    for (const view of views) {
      await page.goto(`/${view}`);
      expect(page.url()).not.toContain("demo-key");
    }
    expect(requested.filter((url) => url.includes("demo-key"))).toEqual([]);
    expect(requested.filter((url) => url.endsWith("/v1/connections")).length).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Gateway key").waitFor();
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })")).not.toContain("demo-key");
    await page.reload();
    await page.getByLabel("Gateway key").waitFor();
  });

  test("is not stored before the gateway accepts it", async () => {
    const page = await open("/");
    await page.route("**/v1/connections", html);
    await signIn(page);
    await page.getByRole("alert").waitFor();
    expect(await page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })")).not.toContain("demo-key");
  });

  test.each([
    ["#/operations", "**/v1/operations?**", "Refresh"],
    ["#/create", "**/v1/accounts?**", "Create on demo-clarus"],
  ])("that the gateway no longer accepts leads from %s to the sign-in", async (hash, path, button) => {
    const page = await openConsole(hash);
    await page.route(path, unauthenticated);
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("alert").getByText("The gateway does not know this key").waitFor();
    await page.getByLabel("Gateway key").waitFor();
  });
});

describe("a key without connections", () => {
  test.each(views)("shows a notice on %s", async (hash) => {
    const page = await open(`/${hash}`);
    await page.route("**/v1/connections", json({ connections: [] }));
    await signIn(page);
    await page.getByText("This key has no connections yet").waitFor();
  });
});

test("a connection without operations shows a notice, and so does a state without operations", async () => {
  const page = await open("/#/operations");
  await page.route("**/v1/operations?**", json({ operations: [], next_cursor: null }));
  await signIn(page);
  await page.getByText("No operations yet").waitFor();
  await page.getByLabel("State").selectOption("unknown");
  await page.getByText("No operation has the state “Unknown”").waitFor();
  await page.getByText("Most operations leave this state within seconds.").waitFor();
  await page.getByLabel("State").selectOption("created");
  await page.getByText("No operation has the state “Created”").waitFor();
  expect(await page.getByText("Most operations leave this state").count()).toBe(0);
});

describe("a gateway that fails", () => {
  test.each([
    ["does not answer", noAnswer, "The gateway does not answer"],
    ["answers with HTML", html, "The console cannot read the answer (500)"],
  ])("(%s) can be tried again", async (_how, fail, message) => {
    const page = await open("/#/connections");
    await page.route("**/v1/connections", fail);
    await signIn(page);
    await page.getByRole("alert").getByText(message).waitFor();
    await page.unroute("**/v1/connections");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("table").waitFor();
  });

  test.each([
    ["#/translate", "**/v1/accounts/preview", "article"],
    ["#/operations?connection=demo-clarus", "**/v1/operations?**", "button"],
  ] as const)("temporarily on %s can be tried again", async (hash, path, role) => {
    const page = await open(`/${hash}`);
    await page.route(path, html);
    await signIn(page);
    await page.getByRole("alert").getByText("The console cannot read the answer (500)").waitFor();
    await page.unroute(path);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole(role, { name: /Garmat|Refresh/ }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test.each([
    ["#/connections", "**/v1/connections", '{ "connections": [{ "id": "odd", "status": "ready" }] }'],
    ["#/operations", "**/v1/operations?**", "{}"],
    ["#/translate", "**/v1/accounts/preview", "null"],
  ])("with an answer of unknown shape on %s can be tried again", async (hash, path, body) => {
    const page = await open(`/${hash}`);
    await page.route(path, (route) => route.fulfill({ contentType: "application/json", body }));
    await signIn(page);
    await page.getByRole("alert").getByText("The console cannot read the answer (200)").waitFor();
    await page.unroute(path);
    await page.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  });

  test("shows its failure above the cards, which keep their width", async () => {
    const page = await openConsole("#/translate");
    const card = page.getByRole("article", { name: "Garmat" });
    await card.waitFor();
    const width = (await card.boundingBox())?.width;
    await page.route("**/v1/accounts/preview", noAnswer);
    await page.getByLabel("name").first().fill("Another");
    await page.getByRole("alert").waitFor();
    expect((await card.boundingBox())?.width).toBe(width);
  });

  test("while the console follows an operation is shown, and not as a lookup", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    const operation = page.getByRole("region", { name: "The operation" });
    const { promise: firstRead, resolve: end } = Promise.withResolvers<void>();
    await page.route("**/v1/operations/**", async (route) => {
      await route.continue();
      await page.unroute("**/v1/operations/**");
      await page.route("**/v1/operations/**", noAnswer);
      end();
    });
    await page.getByLabel("timeout-before-commit").check();
    await page.getByRole("button", { name: /^Create on/ }).click();
    await firstRead;
    await operation.getByRole("alert").getByText("The gateway does not answer").waitFor();
    expect(await operation.innerText()).not.toContain("The gateway looks the account up");
    await page.unroute("**/v1/operations/**");
    await operation.getByText("No account was created").waitFor();
  });

  test("with an unreadable answer to a create may have created the account", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    await page.route("**/v1/accounts?**", (route) => route.fulfill({ status: 201, json: {} }));
    await page.getByRole("button", { name: /^Create on/ }).click();
    await page.getByText("Yes: the gateway may have received the request.").waitFor();
    await page.unroute("**/v1/accounts?**");
    await page.getByRole("button", { name: "Send again with the same key" }).click();
    await page.getByRole("heading", { name: "Created", exact: true }).waitFor();
  });

  test("(not found) is shown for an operation id that cannot be decoded", async () => {
    const page = await openConsole("#/operations/%E0%A4%A");
    await page.getByRole("alert").getByText("No such resource").waitFor();
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });

  test("during a create can be sent the request again with the same key", async () => {
    const page = await openConsole("#/create?connection=demo-elastic-path");
    const keys: (string | undefined)[] = [];
    await page.route("**/v1/accounts?**", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      await (keys.length === 1 ? noAnswer(route) : route.continue());
    });
    await page.getByRole("button", { name: /^Create on/ }).click();
    await page.getByRole("heading", { name: "The gateway does not answer" }).waitFor();
    await page.getByText("Yes: the gateway may have received the request.").waitFor();
    await page.getByRole("button", { name: "Send again with the same key" }).click();
    await page.getByRole("heading", { name: "Created", exact: true }).waitFor();
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
  });
});

test("the console shows what it waits for, and how long a create takes", async () => {
  const page = await openConsole("#/create?connection=demo-elastic-path");
  const held: Route[] = [];
  const isHeld = (count: number) => expect.poll(() => held.length).toBe(count);
  await page.route(/\/v1\/(accounts\?|operations\?)/, (route) => void held.push(route));
  await page.getByRole("button", { name: /^Create on/ }).click();
  await isHeld(1);
  await page.getByText(/Waiting for demo-elastic-path \d+ ms|\d\.\d s/).waitFor();
  await held[0]?.continue();
  await page.getByRole("heading", { name: "Created", exact: true }).waitFor();
  await page.getByRole("link", { name: "Operations" }).click();
  await isHeld(2);
  await page.getByText("Reading the operations…").waitFor();
  await held[1]?.continue();
  await page.getByRole("button", { name: "Refresh" }).waitFor();
});
