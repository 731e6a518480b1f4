import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { expectNoSidewaysScroll, gatewayUrl, open, useBrowser, violations } from "../browser.ts";
import { freshName, openConsole } from "./console.ts";

useBrowser();

const card = (page: Page, vendor: string): Locator => page.getByRole("article", { name: vendor });
const field = (page: Page, name: string): Locator => page.getByLabel(name, { exact: false }).first();
const leaf = (page: Page, target: string): Locator => page.locator(`[data-target="${target}"]`);
const wire = (page: Page, target: string): Locator => page.locator(`[data-wire="${target}"]`);

async function writeJson(page: Page, account: object | string): Promise<void> {
  await page.getByLabel("JSON", { exact: true }).check();
  const text = typeof account === "string" ? account : JSON.stringify(account, null, 2);
  await page.getByLabel("The account as JSON").fill(text);
}

test("each vendor's card shows where every leaf comes from", async () => {
  const page = await openConsole("#/translate");
  const clarus = card(page, "Clarus");
  await expect.poll(() => clarus.getByText("Can be sent").count()).toBe(1);
  expect(await leaf(page, "demo-clarus /data/attributes/string1").innerText()).toContain('"Acme Corporation Ltd"');
  const origins = await page
    .locator(".leaf.tone-mapped")
    .evaluateAll((leaves) => leaves.map((each) => each.textContent));
  expect(origins).toEqual([
    expect.stringMatching(/string1.*mapped · legal_name/),
    expect.stringMatching(/details.*mapped · legal_name/),
  ]);
  await expect.poll(() => card(page, "Garmat").getByText("Cannot be sent").count()).toBe(1);
  await expect.poll(() => card(page, "Elastic Path").getByText("implied").count()).toBe(1);
});

test("a connection of each vendor is shown, with the whole URL of its request", async () => {
  const page = await openConsole("#/translate");
  for (const [vendor, url] of [
    ["Clarus", "https://clarus.sandbox.test/"],
    ["Elastic Path", "https://elastic-path.sandbox.test/"],
    ["Garmat", "https://garmat.sandbox.test/"],
    ["Zendesk", "https://zendesk.sandbox.test/"],
  ] as const) {
    const line = card(page, vendor).getByText(url);
    await line.waitFor();
    expect(await line.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  }
});

test("the cards follow what the user types", async () => {
  const page = await openConsole("#/translate");
  const name = freshName();
  await field(page, "name").fill(name);
  for (const target of ["demo-clarus /data/attributes/name", "demo-elastic-path /data/name", "demo-garmat /name"])
    await expect.poll(() => leaf(page, target).innerText()).toContain(name);
});

test("invisible characters in a name are shown as escapes and sent unchanged", async () => {
  const page = await openConsole("#/translate");
  const [name, shown] = ["Acme\u202E\u200B dtL", "Acme\\u202e\\u200b dtL"];
  await field(page, "name").fill(name);
  await expect.poll(() => leaf(page, "demo-garmat /name").innerText()).toContain(`"${shown}"`);
  expect(await page.getByText("Invisible characters").innerText()).toContain(shown);
  await page.getByRole("link", { name: "Create on demo-garmat" }).click();
  await page.getByText("Invisible characters").waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe(name);
});

test("the form and the JSON show the same account", async () => {
  const page = await openConsole("#/translate");
  await writeJson(page, { name: "Two Sides", type: "distributor", active: false, custom: { tier: "gold" } });
  await page.getByLabel("Form", { exact: true }).check();
  expect(await page.getByLabel("type", { exact: true }).inputValue()).toBe("distributor");
  expect(await page.getByLabel("active", { exact: true }).inputValue()).toBe("false");
  expect(await page.getByLabel("tier", { exact: true }).inputValue()).toBe("gold");
  await page.getByLabel("tier", { exact: true }).fill("");
  await page.getByLabel("active", { exact: true }).selectOption("true");
  await page.getByLabel("email", { exact: true }).fill("a@b.example");
  await page.getByLabel("JSON", { exact: true }).check();
  const written: unknown = JSON.parse(await page.getByLabel("The account as JSON").inputValue());
  expect(written).toEqual({ name: "Two Sides", email: "a@b.example", active: true, type: "distributor" });
});

test.each([1280, 400])(
  "the parts of an address are a group that the keyboard can fill, %i pixels wide",
  async (width) => {
    const page = await open("/#/translate", { width });
    const part = { anyOf: [{ type: "string" }, { type: "null" }] };
    // No demo vendor carries an address.
    await page.route("**/v1/connections/demo-garmat/schema", async (route) => {
      const schema = z.looseObject({ properties: z.looseObject({}) }).parse(await (await route.fetch()).json());
      const address = { type: "object", properties: { city: part, country: part } };
      await route.fulfill({ json: { ...schema, properties: { ...schema.properties, address } } });
    });
    await page.getByRole("button", { name: "Use the demo key" }).click();
    const address = page.getByRole("group", { name: "Address" });
    await address.getByLabel("city", { exact: true }).focus();
    await page.keyboard.type("Berlin");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Germany");
    await address.getByText("ISO 3166-1").waitFor();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("DE");
    await address.getByText("does not support this field").nth(1).waitFor();
    await expectNoSidewaysScroll(page);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("JSON", { exact: true }).check();
    const written: unknown = JSON.parse(await page.getByLabel("The account as JSON").inputValue());
    expect(written).toMatchObject({ address: { city: "Berlin", country: "DE" } });
  },
);

describe("the lines", () => {
  test("end at their leaves, and stand out for the field with the focus", async () => {
    const page = await openConsole("#/translate");
    const targets = [
      "demo-clarus /data/attributes/string1",
      "demo-elastic-path /data/legal_name",
      "demo-garmat not sent /legal_name",
    ];
    for (const target of targets) {
      const line = wire(page, target).locator("path");
      await expect
        .poll(async () => {
          const [stage, mark] = [
            await page.locator(".stage").boundingBox(),
            await leaf(page, target).locator(".mark").boundingBox(),
          ];
          const end = (stage?.y ?? 0) + Number((await line.getAttribute("d"))?.split(" ").at(-1));
          return Math.abs(end - (mark?.y ?? 0) - (mark?.height ?? 0) / 2);
        })
        .toBeLessThan(1);
    }
    await page.mouse.move(2, 2);
    await page.getByLabel("legal_name", { exact: true }).focus();
    await expect.poll(() => page.locator(".wire.is-lit").count()).toBe(4);
    await expect.poll(() => page.locator(".line.is-lit").count()).toBe(4);
  });

  test("also start at a field that the gateway fills, with a style for each disposition", async () => {
    const page = await openConsole("#/translate");
    await writeJson(page, { name: "Only a name" });
    await page.getByLabel("Form", { exact: true }).check();
    await wire(page, "demo-clarus /data/attributes/code").waitFor({ state: "attached" });
    const drawing = (end: string) => expect.poll(() => wire(page, end).getAttribute("class"));
    await drawing("demo-clarus /data/attributes/code").toContain("wire-defaulted");
    await drawing("demo-elastic-path /data/external_ref").toContain("wire-stamped");
    await page.getByLabel("Idempotency-Key").uncheck();
    await expect.poll(() => wire(page, "demo-elastic-path /data/external_ref").count()).toBe(0);
  });

  test("start at the lines of the JSON while the user edits the JSON", async () => {
    const page = await openConsole("#/translate");
    await writeJson(page, { name: "By line", active: true });
    await expect.poll(() => wire(page, "demo-garmat /status").count()).toBe(1);
    const heights = await page.locator(".wire circle").evaluateAll((dots) => dots.map((dot) => dot.getAttribute("cy")));
    expect(new Set(heights).size).toBe(2);
  });
});

describe("an error", () => {
  test("is shown at a field that a vendor does not support, until the field is dropped", async () => {
    const page = await openConsole("#/translate");
    const legalName = page.getByLabel("legal_name", { exact: true });
    await expect.poll(() => legalName.getAttribute("aria-invalid")).toBe("true");
    const described = await legalName.getAttribute("aria-describedby");
    expect(await page.locator(`#${described}`).innerText()).toContain("Garmat does not support this field");
    await page.getByLabel("Lenient").check();
    await expect.poll(() => card(page, "Garmat").getByText("Can be sent").count()).toBe(1);
    expect(await legalName.getAttribute("aria-invalid")).toBe("false");
    expect(await leaf(page, "demo-garmat not sent /legal_name").innerText()).toContain("dropped");
  });

  test("is shown at a field with an invalid value", async () => {
    const page = await openConsole("#/translate");
    await page.getByLabel("email", { exact: true }).fill("nobody");
    await expect.poll(() => page.getByText("Must be an e-mail address").count()).toBe(1);
  });

  test("is shown for an unknown member and for invalid JSON, and the form is disabled for invalid JSON", async () => {
    const page = await openConsole("#/translate");
    await writeJson(page, { name: "Odd", colour: "blue" });
    await page.getByLabel("Form", { exact: true }).check();
    await expect.poll(() => page.locator("#editor-errors").innerText()).toContain("/colour");
    await writeJson(page, '{ "name": ');
    await expect.poll(() => page.locator("#editor-errors").innerText()).toContain("not JSON");
    await page.getByLabel("Form", { exact: true }).check();
    expect(await page.getByLabel("email", { exact: true }).isDisabled()).toBe(true);
  });
});

describe("a copied create", () => {
  const copied = async (page: Page, name: string): Promise<string> => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name }).click();
    // Read the announcement, which stays. The button shows the result only for a moment.
    await page.getByText(name.replace("Copy", "Copied:")).waitFor();
    return page.evaluate<string>("navigator.clipboard.readText()");
  };

  test("runs as curl, with the gateway key from the environment", async () => {
    const page = await openConsole("#/translate");
    const name = `${freshName()} 'quoted' $HOME`;
    await writeJson(page, { name });
    const command = await copied(page, "Copy the create on demo-elastic-path as curl");
    expect(command).not.toContain("demo-key");
    const env = { ...process.env, GATEWAY_KEY: "demo-key" };
    const { stdout } = await promisify(execFile)("bash", ["-c", command.replace("curl -i", "curl -s")], { env });
    expect(JSON.parse(stdout)).toMatchObject({ name, connection: "demo-elastic-path", operation: expect.any(String) });
  });

  test("runs as TypeScript, with the gateway key from the environment", async () => {
    const page = await openConsole("#/translate");
    const name = freshName();
    await writeJson(page, { name, active: true });
    const code = await copied(page, "Copy the create on demo-garmat as TypeScript");
    expect(code).toContain(`${gatewayUrl}/v1/accounts`);
    expect(code).not.toContain("demo-key");
    const script = `${code}console.log(JSON.stringify(answer))`;
    const env = { ...process.env, GATEWAY_KEY: "demo-key" };
    const node = ["--input-type=module-typescript", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, node, { env });
    expect(JSON.parse(stdout)).toMatchObject({ name, vendor: "garmat", active: true });
  });
});

test("the console shows the answer to the newest preview request, even if an older answer comes later", async () => {
  const page = await openConsole("#/translate");
  await leaf(page, "demo-garmat /name").waitFor();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/v1/accounts/preview", async (route) => {
    if (route.request().postData()?.includes('"Older"') === true) await held;
    await route.continue().catch(() => {});
  });
  const older = page.waitForRequest((request) => request.postData()?.includes('"Older"') ?? false);
  await field(page, "name").fill("Older");
  await older;
  await field(page, "name").fill("Newer");
  await expect.poll(() => leaf(page, "demo-garmat /name").innerText()).toContain("Newer");
  release();
  await page.unrouteAll({ behavior: "wait" });
  expect(await leaf(page, "demo-garmat /name").innerText()).toContain("Newer");
});
