/** Creates that the ledger sends by itself. */
import { runInDurableObject } from "cloudflare:test";
import type { OperationState } from "../../../../schemas/operation.ts";
import { type Answer, create, isCreate, ledgerOf, traffic, type Vendor } from "./ledger.ts";

type Options = NonNullable<Parameters<typeof create>[2]>;

export const preferAsync = { Prefer: "respond-async" };

/** A create that is to be answered before it is sent. */
export const enqueue = (vendor: Vendor, body: unknown, { headers, ...options }: Options = {}): Promise<Answer> =>
  create(vendor, body, { ...options, headers: { ...preferAsync, ...headers } });

/** So many of them at once; gives their operations' ids. */
export async function enqueueMany(vendor: Vendor, count: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => enqueue(vendor, { name: `A${index}` })),
  );
  return answers.map(({ operation }) => operation?.id ?? "");
}

interface Asked {
  method: string;
  url: string;
}

/** An authenticated GET that asks for no account in particular. */
export const isProbe = ({ method, url }: Asked): boolean => method === "GET" && new URL(url).search === "";
export const isTokenRequest = ({ url }: Asked): boolean => /\/oauth\/(?:access_)?token$/.test(new URL(url).pathname);
export const isLookup = (asked: Asked): boolean => !isCreate(asked) && !isProbe(asked) && !isTokenRequest(asked);

export const probes = (): number => traffic().filter(isProbe).length;
export const sendTimes = (): number[] =>
  traffic()
    .filter(isCreate)
    .map(({ atMs }) => atMs);

/** How many operations the ledger holds in each state. */
export const states = (vendor: Vendor): Promise<Partial<Record<OperationState, number>>> =>
  runInDurableObject(ledgerOf(vendor), (_ledger, { storage }) => {
    const rows = storage.sql.exec<{ state: string; count: number }>(
      "SELECT state, count(*) AS count FROM operations GROUP BY state",
    );
    return Object.fromEntries([...rows].map(({ state, count }) => [state, count]));
  });
