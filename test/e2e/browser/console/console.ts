/** Opens the console in the browser, and creates accounts without it. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import * as z from "zod/mini";
import { gatewayUrl, open, type View } from "../browser.ts";

/** Opens a view, signed in with the demo key. */
export async function openConsole(hash: string, view?: View): Promise<Page> {
  const page = await open(`/${hash}`, view);
  await page.getByRole("button", { name: "Use the demo key" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "Translate" }).waitFor();
  return page;
}

const operationOf = z.object({ operation: z.string() });

let count = 0;
/** A name that no account has yet. */
export function freshName(): string {
  count += 1;
  return `Blue Harbor ${process.pid}-${Date.now()}-${count}`;
}

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** The accessibility rules that the page violates, from axe-core. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
}

/** The state of an operation. */
export async function stateOf(operation: string): Promise<string> {
  const headers = { Authorization: "Bearer demo-key" };
  const response = await fetch(`${gatewayUrl}/v1/operations/${operation}`, { headers });
  return z.object({ state: z.string() }).parse(await response.json()).state;
}

/** Creates an account without the console, and returns the status and the operation's id. */
export async function createAccount(connection: string, account: object, idempotencyKey: string) {
  const response = await fetch(`${gatewayUrl}/v1/accounts`, {
    method: "POST",
    headers: {
      Authorization: "Bearer demo-key",
      "Content-Type": "application/json",
      "Gateway-Connection": connection,
      "Idempotency-Key": idempotencyKey,
    },
    body: JSON.stringify(account),
  });
  const { operation } = operationOf.parse(await response.json());
  return { status: response.status, operation };
}
