/** Opens the console in the browser, and creates accounts without it. */
import type { Page } from "playwright-core";
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
/** A name that no other account has. */
export function freshName(): string {
  count += 1;
  return `Blue Harbor ${process.pid}-${Date.now()}-${count}`;
}

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
