/** Kills workerd while callers create accounts with idempotency keys, and collects the answers, operations and accounts. */
import { setTimeout as pause } from "node:timers/promises";
import type * as z from "zod/mini";
import { credentials } from "../../../sandbox/sandboxes.ts";
import { faultNames } from "../../../sandbox/faults.ts";
import { operation, type OperationDocument, operationList } from "../../../schemas/documents/operation.ts";
import { type Answer, type Create, createWithRetries, post } from "../../support/retrying-caller.ts";
import { digests } from "../../support/gateway-keys.ts";
import { Gateway } from "../../support/wrangler-gateway.ts";
import { oneOf, type Random, randomFrom } from "../../support/random.ts";
import {
  bearerToken,
  startVendors,
  type VendorAccount,
  type VendorHost,
  type Vendors,
} from "../../support/sandbox-servers.ts";

export interface CrashOptions {
  kills: number;
  seed: number;
  /** With `token`, kills also interrupt token requests, and leases are longer. */
  auth: "bearer" | "token";
}

const callersPerConnection = 8;
const maxBetweenKillsMs = 1_500;
/** The share of kills that hit the whole dev server. */
const devServerKillShare = 0.15;
const pollMs = 250;
/** More than a minute, because workerd repeats a killed alarm after a minute. */
const settledWithinMs = 120_000;

const common = { require_key: true, timeout_ms: 1_000, settle_window_ms: 1_000, rate_per_s: 50 };
/** Long enough for the kill to interrupt the send. */
const aloneTimeoutMs = 3_000;

/** The connections under load. */
export const connections = [
  { id: "clarus", host: "clarus.sandbox.test", isSettledAlone: true },
  { id: "elastic-path", host: "elastic-path.sandbox.test", isSettledAlone: true },
  // Garmat's lookups cannot show which operation created an account, so a person resolves the operations.
  { id: "garmat", host: "garmat.sandbox.test", isSettledAlone: false },
  // This vendor has no lookup at all, but an idempotency key of its own.
  { id: "idempotent", host: "idempotent.sandbox.test", isSettledAlone: true },
] as const satisfies { id: string; host: VendorHost; isSettledAlone: boolean }[];
/** The connections with an API key, which a 401 does not revoke. */
const withApiKey: ReadonlySet<string> = new Set(["garmat", "idempotent"]);
/** A create that no caller retries after the last kill. */
export const alone: Create = {
  connection: "alone",
  key: "alone",
  name: "fault:timeout-after-commit alone",
  isAsync: false,
};

function variables(vendors: Vendors, auth: CrashOptions["auth"]): Record<string, unknown> {
  const bearer = { type: "bearer", token: { secret: "TOKEN" } };
  const clientCredentials = {
    type: "client_credentials",
    client_id: "sandbox",
    client_secret: { secret: "CLIENT_SECRET" },
  };
  const used = auth === "bearer" ? bearer : clientCredentials;
  const elasticPath = { vendor: "elastic_path", base_url: vendors.urlOf("elastic-path.sandbox.test") };
  return {
    TOKEN: bearerToken,
    CLIENT_SECRET: credentials.elasticPath.clientSecret,
    GARMAT_KEY: credentials.garmat.apiKey,
    CONNECTION_CLARUS: {
      ...common,
      id: "clarus",
      vendor: "clarus",
      base_url: vendors.urlOf("clarus.sandbox.test"),
      subdomain: credentials.clarus.subdomain,
      auth: used,
      fallback: { code: ["name"] },
    },
    CONNECTION_ELASTIC_PATH: { ...common, ...elasticPath, id: "elastic-path", auth: used },
    CONNECTION_GARMAT: {
      ...common,
      id: "garmat",
      vendor: "garmat",
      base_url: vendors.urlOf("garmat.sandbox.test"),
      auth: { type: "api_key", api_key: { secret: "GARMAT_KEY" } },
    },
    CONNECTION_IDEMPOTENT: {
      ...common,
      id: "idempotent",
      vendor: "idempotent",
      base_url: vendors.urlOf("idempotent.sandbox.test"),
      auth: { type: "api_key", api_key: { secret: "GARMAT_KEY" } },
    },
    CONNECTION_ALONE: { ...common, ...elasticPath, id: "alone", auth: bearer, timeout_ms: aloneTimeoutMs },
    KEY_CALLER: {
      name: "caller",
      sha256: [digests["demo-key"]],
      connections: ["*"],
      operator: true,
    },
  };
}

export interface Evidence {
  /** In order of arrival. */
  answers: Answer[];
  /** Each connection's operations, once all are settled. */
  operations: Map<string, OperationDocument[]>;
  /** The accounts at each vendor. */
  accounts: Map<string, VendorAccount[]>;
  /** `isWoken`: the ledger's alarm looked the account up, without any request to the ledger. */
  alone: { isWoken: boolean; operation: OperationDocument | undefined; accounts: VendorAccount[] };
  /** The answer to one more request for every created account. */
  replays: Answer[];
  /** The accounts at each vendor after the replays. */
  accountsAfterReplays: Map<string, VendorAccount[]>;
}

export async function crash({ kills, seed, auth }: CrashOptions): Promise<Evidence> {
  const random = randomFrom(seed);
  const vendors = await startVendors(randomFrom(seed + 1));
  const gateway = await Gateway.start(variables(vendors, auth), "test/support/idempotent-gateway.ts");
  try {
    const answers: Answer[] = [];
    const load = startLoad({ gateway, random: randomFrom(seed + 2), seed, auth, record: (each) => answers.push(each) });
    for (let count = 1; count <= kills; count += 1) {
      await Promise.race([pause(random() * maxBetweenKillsMs), load.failed]);
      // Each kill must interrupt running creates.
      await until(() => connections.every(({ host }) => vendors.isCreating(host)), "every vendor gets a create");
      if (count === kills) await beginAlone(gateway, vendors);
      gateway.kill(random() < devServerKillShare ? "everything" : "workerd");
      await gateway.recover();
    }
    vendors.heal();
    const isCreatedAt = ({ id }: { id: string }) =>
      answers.some(({ create, created }) => create.connection === id && created !== null);
    await until(() => connections.every(isCreatedAt), "every vendor has created an account");
    await load.finish();

    // No request has reached this ledger since the kill. workerd keeps the ledger's alarm, which wakes the ledger.
    const [lost] = await heldAlone(vendors);
    const isWoken = await holdsInTime(() => vendors.hasReadOf(`"${lost?.external_ref}"`));
    const operations = new Map<string, OperationDocument[]>();
    for (const { id } of connections) operations.set(id, await settled(gateway, id));
    const accounts = await accountsOf(vendors);
    const aloneHeld = await heldAlone(vendors);
    const [aloneOperation] = await settled(gateway, alone.connection);

    const replays: Answer[] = [];
    for (const create of createdIn(answers)) replays.push((await post(gateway.url, create)).answer);
    return {
      answers,
      operations,
      accounts,
      alone: { isWoken, operation: aloneOperation, accounts: aloneHeld },
      replays,
      accountsAfterReplays: await accountsOf(vendors),
    };
  } finally {
    await gateway.stop();
    await vendors.stop();
  }
}

interface LoadOptions {
  gateway: Gateway;
  random: Random;
  seed: number;
  auth: CrashOptions["auth"];
  record: (answer: Answer) => void;
}

function startLoad({ gateway, random, seed, auth, record }: LoadOptions) {
  const over = new AbortController();
  let count = 0;
  // Without client credentials, the gateway cannot replace a rejected token.
  const faultsOf = (connection: string) =>
    faultNames.filter((fault) => fault !== "401-once" || auth === "token" || withApiKey.has(connection));
  const next = (connection: string): Create => {
    count += 1;
    const [first = "", ...others] = faultsOf(connection);
    const fault = random() < 0.35 ? `fault:${oneOf(random, [first, ...others])} ` : "";
    return { connection, key: `key-${seed}-${count}`, name: `${fault}Crash ${count}`, isAsync: random() < 0.25 };
  };
  const call = async (connection: string) => {
    while (!over.signal.aborted) {
      const create = next(connection);
      // Some callers send a key twice at the same time.
      const times = random() < 0.2 ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => createWithRetries(gateway, create, record)));
    }
  };
  const calls = Promise.all(
    connections.flatMap(({ id }) => Array.from({ length: callersPerConnection }, () => call(id))),
  );
  return {
    /** Rejects when a caller fails. */
    failed: calls.then(() => new Promise<never>(() => {})),
    finish: async () => {
      over.abort();
      await calls;
    },
  };
}

async function beginAlone(gateway: Gateway, vendors: Vendors): Promise<void> {
  // The request fails when the gateway is killed.
  post(gateway.url, alone).catch(() => {});
  await until(async () => (await heldAlone(vendors)).length > 0, "the vendor has created the account");
}

async function heldAlone(vendors: Vendors): Promise<VendorAccount[]> {
  return (await vendors.accountsOf("elastic-path.sandbox.test")).filter(({ name }) => name === alone.name);
}

async function accountsOf(vendors: Vendors): Promise<Map<string, VendorAccount[]>> {
  const held = new Map<string, VendorAccount[]>();
  for (const { id, host } of connections)
    held.set(
      id,
      (await vendors.accountsOf(host)).filter(({ name }) => name !== alone.name),
    );
  return held;
}

export const createdIn = (answers: readonly Answer[]): Set<Create> =>
  new Set(answers.flatMap(({ create, created }) => (created === null ? [] : [create])));

/** Waits until no operation of a connection is open or the time is over. Returns all operations. */
async function settled({ url }: Gateway, connection: string): Promise<OperationDocument[]> {
  const open = new Set(["queued", "sending", "unknown"]);
  const endMs = Date.now() + settledWithinMs;
  for (;;) {
    const listed = await list(url, connection);
    if (!listed.some(({ state }) => open.has(state)) || Date.now() > endMs) {
      const documents: OperationDocument[] = [];
      for (const { id } of listed) documents.push(operation.parse(await get(`${url}/v1/operations/${id}`)));
      return documents;
    }
    await pause(pollMs);
  }
}

type Listed = z.infer<typeof operationList>["operations"];

async function list(url: string, connection: string): Promise<Listed> {
  const listed: Listed = [];
  for (let cursor: string | null = ""; ;) {
    const query = new URLSearchParams({ connection, ...(cursor && { cursor }) });
    const page: z.infer<typeof operationList> = operationList.parse(
      await get(`${url}/v1/operations?${query.toString()}`),
    );
    listed.push(...page.operations);
    cursor = page.next_cursor;
    if (cursor === null) return listed;
  }
}

async function get(url: string): Promise<unknown> {
  const response = await fetch(url, { headers: { Authorization: "Bearer demo-key" } });
  return response.json();
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  if (!(await holdsInTime(holds))) throw new Error(`Not within ${settledWithinMs} ms: ${what}`);
}

async function holdsInTime(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const endMs = Date.now() + settledWithinMs;
  while (!(await holds())) {
    if (Date.now() > endMs) return false;
    await pause(10);
  }
  return true;
}
