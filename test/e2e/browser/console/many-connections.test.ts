import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { expectNoSidewaysScroll, gatewayUrl, open, useBrowser } from "../browser.ts";

useBrowser();

const connectionList = z.object({ connections: z.array(z.looseObject({ id: z.string() })) });
const previewList = z.object({ previews: z.array(z.looseObject({ connection: z.string() })) });

async function read(path: string, init: RequestInit = {}): Promise<unknown> {
  const headers = { Authorization: "Bearer demo-key", "Content-Type": "application/json" };
  return (await fetch(gatewayUrl + path, { ...init, headers })).json();
}

/** Signs in with a key that can use 200 copies of one connection, and records the paths of all requests. */
async function openMany(hash: string, width = 1280): Promise<{ page: Page; requested: string[] }> {
  const [connection] = connectionList.parse(await read("/v1/connections")).connections;
  const [preview] = previewList.parse(
    await read("/v1/accounts/preview", { method: "POST", body: '{"name":"Acme"}' }),
  ).previews;
  const schema = await read("/v1/connections/demo-clarus/schema");
  const page = await open(`/${hash}`, { width });
  const requested: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname));
  const connections = Array.from({ length: 200 }, (_, index) => ({ ...connection, id: `tenant-${index}` }));
  await page.route("**/v1/connections", (route) => route.fulfill({ json: { connections } }));
  await page.route("**/v1/connections/*/schema", (route) => route.fulfill({ json: schema }));
  await page.route("**/v1/accounts/preview", (route) => {
    const { "gateway-connection": id } = route.request().headers();
    return route.fulfill({ json: { previews: [{ ...preview, connection: id }], next_cursor: null } });
  });
  await page.route("**/v1/operations?**", (route) => route.fulfill({ json: { operations: [], next_cursor: null } }));
  await page.getByRole("button", { name: "Use the demo key" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "Translate" }).waitFor();
  return { page, requested };
}

test("the console requests only the shown ones of many connections", async () => {
  const { page, requested } = await openMany("#/translate");
  await page.getByRole("article", { name: "Clarus tenant-3" }).waitFor();
  const count = (ending: string) => requested.filter((path) => path.endsWith(ending)).length;
  expect(count("/schema")).toBe(12);
  expect(count("/preview")).toBe(4);
  await page.getByRole("searchbox", { name: "Search the connections" }).fill("nt-150");
  await page.getByLabel("tenant-150").check();
  await page.getByRole("article", { name: "Clarus tenant-150" }).waitFor();
  await expect.poll(() => count("/tenant-150/schema")).toBe(1);
  await expect.poll(() => page.getByRole("group", { name: "Connections" }).getByRole("checkbox").count()).toBe(5);
});

test.each([
  ["#/create", "group", "radio"],
  ["#/connections", "main", "columnheader"],
  ["#/operations", "main", "option"],
] as const)("a search finds one of many connections on %s", async (hash, within, role) => {
  const { page } = await openMany(hash);
  const items = page.getByRole(within).getByRole(role, { name: /tenant-/ });
  await expect.poll(() => items.count()).toBe(12);
  await page.getByText("The first 12 of 200").waitFor();
  const search = page.getByRole("searchbox", { name: "Search the connections" });
  await search.fill("clarus 199");
  await page.getByRole(within).getByRole(role, { name: "tenant-199" }).waitFor({ state: "attached" });
  await search.fill("no such connection");
  await page.getByText("No connection matches").waitFor();
});

test.each(["#/translate", "#/create", "#/operations", "#/connections"])(
  "many connections fit a small screen on %s",
  async (hash) => {
    const { page } = await openMany(hash, 390);
    await page.getByRole("searchbox").waitFor();
    await expectNoSidewaysScroll(page);
  },
);
