/** Keyed creates over all vendors while workerd is killed under them; and what was told and is held in the end. */
import { setTimeout as pause } from "node:timers/promises";
import type * as z from "zod/mini";
import { credentials } from "../../../sandbox/sandbox.ts";
import { faultNames } from "../../../sandbox/faults.ts";
import type { SandboxHost } from "../../../sandbox/sandboxes.ts";
import { operation, type OperationDocument, operationList } from "../../../schemas/operation.ts";
import { type Answer, type Create, persist, post } from "./client.ts";
import { Gateway } from "./gateway.ts";
import { oneOf, type Random, randomFrom } from "./random.ts";
import { bearerToken, startVendors, type VendorAccount, type Vendors } from "./vendors.ts";

export interface CrashOptions {
  kills: number;
  seed: number;
  /** `exchange`: tokens are fetched and lost, and leases longer. */
  auth: "bearer" | "exchange";
}

const callersPerConnection = 8;
const maxBetweenKillsMs = 1_500;
/** How often the whole dev server goes, not workerd alone. */
const everythingOf = 0.15;
const pollMs = 250;
/** An alarm that is killed under way comes back after a minute. */
const settledWithinMs = 120_000;

const common = { require_key: true, timeout_ms: 1_000, settle_window_ms: 1_000, rate_per_s: 50 };
/** Long enough that its send is still under way when the kill comes. */
const aloneTimeoutMs = 3_000;

/** The connections under load. */
export const connections = [
  { id: "clarus", host: "clarus.sandbox.test", isSettledAlone: true },
  { id: "elastic-path", host: "elastic-path.sandbox.test", isSettledAlone: true },
  // Nothing there tells whose an account is, so a person is asked.
  { id: "garmat", host: "garmat.sandbox.test", isSettledAlone: false },
] as const satisfies { id: string; host: SandboxHost; isSettledAlone: boolean }[];
/** One create of its own, that nobody asks for again after the last kill. */
export const alone: Create = {
  connection: "alone",
  key: "alone",
  name: "fault:timeout-after-commit alone",
  isAsync: false,
};

function variables(vendors: Vendors, auth: CrashOptions["auth"]): Record<string, unknown> {
  const bearer = { type: "bearer", token: { secret: "TOKEN" } };
  const exchange = { type: "client_credentials", client_id: "sandbox", client_secret: { secret: "CLIENT_SECRET" } };
  const used = auth === "bearer" ? bearer : exchange;
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
    CONNECTION_ALONE: { ...common, ...elasticPath, id: "alone", auth: bearer, timeout_ms: aloneTimeoutMs },
    // `demo-key`.
    KEY_CALLER: {
      name: "caller",
      sha256: ["c48a01f49fd0f2cc404bc3cbbc80e91457a3d41bb429a695243de4c61794155c"],
      connections: ["*"],
      operator: true,
    },
  };
}

export interface Evidence {
  /** In the order in which they came. */
  answers: Answer[];
  /** Each connection's operations, after the last of them was settled. */
  operations: Map<string, OperationDocument[]>;
  /** What the vendor holds. */
  accounts: Map<string, VendorAccount[]>;
  /** `isWoken`: the vendor was asked for the account, although nobody asked the ledger. */
  alone: { isWoken: boolean; operation: OperationDocument | undefined; accounts: VendorAccount[] };
  /** What every account that was created answers once more, in the end. */
  replays: Answer[];
  /** What the vendor holds after that. */
  accountsAfterReplays: Map<string, VendorAccount[]>;
}

export async function crash({ kills, seed, auth }: CrashOptions): Promise<Evidence> {
  const random = randomFrom(seed);
  const vendors = await startVendors(randomFrom(seed + 1));
  const gateway = await Gateway.start(variables(vendors, auth));
  try {
    const answers: Answer[] = [];
    const load = startLoad({ gateway, random: randomFrom(seed + 2), seed, auth, tell: (each) => answers.push(each) });
    for (let count = 1; count <= kills; count += 1) {
      await Promise.race([pause(random() * maxBetweenKillsMs), load.failed]);
      // A kill that hits nothing shows nothing.
      await until(() => connections.every(({ host }) => vendors.isCreating(host)), "every vendor is being sent to");
      if (count === kills) await beginAlone(gateway, vendors);
      gateway.kill(random() < everythingOf ? "everything" : "workerd");
      await gateway.recover();
    }
    vendors.heal();
    const isCreatedAt = ({ id }: { id: string }) =>
      answers.some(({ create, created }) => create.connection === id && created !== null);
    await until(() => connections.every(isCreatedAt), "every vendor has created an account");
    await load.finish();

    // Nobody has asked this ledger for anything since the kill: workerd keeps alarms, and wakes it with its name.
    const [lost] = await heldAlone(vendors);
    const isWoken = await holdsInTime(() => vendors.wasAskedFor(`"${lost?.external_ref}"`));
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
  tell: (answer: Answer) => void;
}

function startLoad({ gateway, random, seed, auth, tell }: LoadOptions) {
  const over = new AbortController();
  let count = 0;
  // Where a token is not to be had again, taking it away ends everything.
  const faultsOf = (connection: string) =>
    faultNames.filter((fault) => fault !== "401-once" || auth === "exchange" || connection === "garmat");
  const next = (connection: string): Create => {
    count += 1;
    const [first = "", ...others] = faultsOf(connection);
    const fault = random() < 0.35 ? `fault:${oneOf(random, [first, ...others])} ` : "";
    return { connection, key: `key-${seed}-${count}`, name: `${fault}Crash ${count}`, isAsync: random() < 0.25 };
  };
  const call = async (connection: string) => {
    while (!over.signal.aborted) {
      const create = next(connection);
      // Impatient callers send a key twice at the same time.
      const times = random() < 0.2 ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => persist(gateway, create, tell)));
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
  // Its caller dies with the gateway.
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

/** Every operation of a connection, once none is open; as they stand where that is never so. */
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
