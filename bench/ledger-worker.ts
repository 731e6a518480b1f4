/** The Workers of `npm run bench:ledger`: the gateway, a baseline, and a driver that calls a ledger without the gateway. */
import { v7 } from "uuid";
import { adapters } from "../adapters/index.ts";
import type { Environment } from "../src/environment.ts";
import gateway from "../src/index.ts";
import type { ClaimRequest } from "../src/ledger/claim.ts";
import { CommitQueue, type Commits } from "../src/ledger/journal.ts";
import { createLedger } from "../src/ledger/durable-ledger.ts";
import type { LedgerService, SettleRequest } from "../src/ledger/rpc.ts";
import type { Operation, RecordedOutcome } from "../src/ledger/operation.ts";
import { openSqliteOperationStore } from "../src/ledger/sqlite-operation-store.ts";
import { migrations } from "../src/ledger/sqlite-schema.ts";
import { claim, queue, receive, review, settle } from "../src/ledger/transitions.ts";
import { account, headers } from "./create-request.ts";

export default gateway;

/** The calls that one keyed create makes to its ledger. */
interface Template {
  claim: ClaimRequest & { target: string; newOperation: NonNullable<ClaimRequest["newOperation"]> };
  settle: SettleRequest;
}

interface PopulateRequest extends Template {
  name: string;
  /** The index of the first operation to add, among the `total` operations. */
  first: number;
  count: number;
  total: number;
}

interface BenchLedger extends LedgerService {
  populate: (request: PopulateRequest) => Promise<void>;
  expire: (count: number) => Promise<void>;
  sweep: () => Promise<void>;
  rewind: (version: number) => Promise<void>;
  migrate: () => Promise<void>;
  size: () => Promise<{ operations: number; databaseBytes: number; documentBytes: number }>;
  rows: (request: Template) => Promise<Rows>;
}

/** Rows as Cloudflare bills them: https://developers.cloudflare.com/durable-objects/platform/pricing/ */
interface Rows {
  read: number;
  written: number;
}

const hourMs = 60 * 60 * 1000;
let commits = 0;
let isCounted = false;

/** Counts all writes in one turn of the event loop as one commit. */
function countCommit(): void {
  if (isCounted) return;
  isCounted = true;
  commits += 1;
  queueMicrotask(() => (isCounted = false));
}

function createBenchLedger(openCommits: () => Commits) {
  const openCounted = (): Commits => {
    const opened = openCommits();
    return {
      run: (change) =>
        opened.run(() => {
          countCommit();
          return change();
        }),
    };
  };

  return class extends createLedger(adapters, openCounted) implements BenchLedger {
    async populate({ first, count, ...request }: PopulateRequest): Promise<void> {
      const { storage } = this.ctx;
      const store = openSqliteOperationStore(storage.sql);
      storage.transactionSync(() => {
        for (let index = first; index < first + count; index += 1) store.save(pastOperation(index, request));
      });
    }

    /** Moves the expiry of `count` operations to an hour ago. */
    async expire(count: number): Promise<void> {
      this.ctx.storage.sql.exec(
        `UPDATE operations SET expires_at_ms = ? WHERE sequence IN
           (SELECT sequence FROM operations WHERE expires_at_ms IS NOT NULL ORDER BY expires_at_ms LIMIT ?)`,
        Date.now() - hourMs,
        count,
      );
    }

    /** Resolves when the alarms have deleted all expired operations. */
    async sweep(): Promise<void> {
      const { storage } = this.ctx;
      const beganAtMs = Date.now();
      const isLeft = () =>
        storage.sql.exec("SELECT 1 FROM operations WHERE expires_at_ms <= ? LIMIT 1", beganAtMs).toArray().length > 0;
      await storage.setAlarm(beganAtMs);
      while (isLeft()) await scheduler.wait(50);
    }

    /** Rebuilds the tables with the schema of an older version. */
    async rewind(version: number): Promise<void> {
      const { sql } = this.ctx.storage;
      const columnsOf = (table: string) =>
        sql
          .exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table)
          .toArray()
          .map(({ name }) => name)
          .join();
      // Dropping a table also drops its indexes and triggers.
      sql.exec("CREATE TABLE kept AS SELECT * FROM operations");
      for (const table of ["operations", "key_usage", "ledger"]) sql.exec(`DROP TABLE ${table}`);
      sql.exec("CREATE TABLE ledger (version INTEGER NOT NULL)");
      sql.exec("INSERT INTO ledger VALUES (?)", version);
      for (const statement of migrations.slice(0, version).flat()) sql.exec(statement);
      const columns = columnsOf("operations");
      sql.exec(`INSERT INTO operations (${columns}) SELECT ${columns} FROM kept`);
      sql.exec("DROP TABLE kept");
    }

    async migrate(): Promise<void> {
      openSqliteOperationStore(this.ctx.storage.sql);
    }

    async size() {
      const { sql } = this.ctx.storage;
      const { operations } = sql.exec<{ operations: number }>("SELECT count(*) AS operations FROM operations").one();
      const { bytes } = sql
        .exec<{ bytes: number }>(
          "SELECT avg(octet_length(document)) AS bytes FROM (SELECT document FROM operations LIMIT 10000)",
        )
        .one();
      return { operations, databaseBytes: sql.databaseSize, documentBytes: bytes };
    }

    /** The rows of one keyed create, from its claim to its deletion, without the alarms. */
    async rows(template: Template): Promise<Rows> {
      const { sql } = this.ctx.storage;
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      const counted = (query: string, ...bindings: unknown[]) => {
        const cursor = sql.exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      };
      const store = openSqliteOperationStore({ exec: counted } as SqlStorage);
      const { newOperation, target, keyName, fingerprint, isAsync, nonce } = template.claim;
      const keyDigest = randomDigest();
      const now = { nowMs: 0, jitter: 0.5 };
      cursors.length = 0;
      store.byKey(keyDigest);
      const received = receive({ keyDigest, keyName, fingerprint, isAsync, target }, newOperation, now);
      const claimed = claim(received, nonce, template.claim.leaseMs, now);
      store.save(claimed, undefined);
      const held = store.byKey(keyDigest) ?? claimed;
      store.save(settle(held, nonce, template.settle.outcome, now), held);
      store.deleteExpired(newOperation.retentionMs, 1);
      const sum = (member: "rowsRead" | "rowsWritten") => cursors.reduce((rows, cursor) => rows + cursor[member], 0);
      return { read: sum("rowsRead"), written: sum("rowsWritten") };
    }
  };
}

export class Ledger extends createBenchLedger(() => new CommitQueue()) {}

/** The baseline, with one commit for each claim and settle. */
export class LedgerOfSingleCommits extends createBenchLedger(() => ({ run: async (change) => change() })) {}

/** An operation of the last week, in the state that the ledger would store. Open operations are due in an hour. */
function pastOperation(
  index: number,
  { claim: claimRequest, settle: settleRequest, name, total }: Omit<PopulateRequest, "first" | "count">,
) {
  const { newOperation, leaseMs } = claimRequest;
  const weekBeganMs = Date.now() - newOperation.retentionMs + hourMs;
  const nowMs = Math.floor(weekBeganMs + ((newOperation.retentionMs - hourMs) * index) / total);
  const now = { nowMs, jitter: 0.5 };
  const nonce = crypto.randomUUID();
  const id = `${name}.${v7({ msecs: nowMs })}`;
  const { keyName, fingerprint, isAsync, target } = claimRequest;
  const received = receive(
    { keyDigest: randomDigest(), keyName, fingerprint, isAsync, target },
    { ...newOperation, id },
    now,
  );
  const claimed = claim(received, nonce, leaseMs, now);
  const settled = (outcome: RecordedOutcome) => settle(claimed, nonce, outcome, now);
  const laterMs = Date.now() + hourMs;
  const later = (operation: Operation): Operation => ({ ...operation, dueAtMs: laterMs, giveUpAtMs: laterMs });
  const problem = {
    code: "vendor_unavailable",
    detail: "The vendor's answer could not be used",
  } as const;
  const share = index % 200;
  if (share < 188) return settled(withOwnAccount(settleRequest.outcome));
  if (share < 194) return settled({ kind: "rejected", problem, duplicateOf: undefined, mayBeOurs: false });
  if (share < 196) return settled({ kind: "not_created", problem, cause: "refused", retryAfterMs: undefined });
  if (share < 198) return later(settled({ kind: "unknown", problem }));
  if (share < 199) return review(settled({ kind: "unknown", problem }), "not_distinguishable", now);
  return later(queue(received, now));
}

/** The outcome with another account, because the ledger expects that an account belongs to only one operation. */
function withOwnAccount(outcome: RecordedOutcome): RecordedOutcome {
  return outcome.kind === "created"
    ? { ...outcome, account: { ...outcome.account, id: crypto.randomUUID() } }
    : outcome;
}

function randomDigest(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

let recorded: Promise<Template> | undefined;

/** Records the calls that the gateway makes to the ledger for a real create. */
async function record(environment: Environment, context: ExecutionContext): Promise<Template> {
  const template: Partial<Template> = {};
  const ledger = ledgerOf(environment, "bench");
  const recorder: Pick<LedgerService, "claim" | "settle"> = {
    claim: (text) => {
      template.claim = JSON.parse(text);
      return ledger.claim(text);
    },
    settle: (text) => {
      template.settle = JSON.parse(text);
      return ledger.settle(text);
    },
  };
  const request = new Request("https://gateway.test/v1/accounts", {
    method: "POST",
    headers: { ...headers, "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify(account),
  });
  const response = await gateway.fetch(request, { ...environment, LEDGERS: { getByName: () => recorder } }, context);
  if (response.status !== 201)
    throw new Error(`The recorded create was answered with ${response.status}: ${await response.text()}`);
  return template as Template;
}

function ledgerOf({ LEDGERS: ledgers }: Environment, name: string): BenchLedger {
  return ledgers?.getByName(name) as BenchLedger;
}

/** Calls a ledger without the gateway. */
export const driver = {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const numberOf = (parameter: string) => Number(searchParams.get(parameter));
    const name = searchParams.get("ledger") ?? "";
    const key = searchParams.get("key") ?? "";
    const ledger = ledgerOf(environment, name);
    const template = await (recorded ??= record(environment, context));
    const claimAs = (keyDigest: string, nonce: string): Promise<string> => {
      const newOperation = { ...template.claim.newOperation, id: `${name}.${v7()}` };
      return ledger.claim(JSON.stringify({ ...template.claim, keyDigest, nonce, newOperation }));
    };
    const settleAs = (keyDigest: string, nonce: string): Promise<string> =>
      ledger.settle(JSON.stringify({ keyDigest, nonce, outcome: withOwnAccount(template.settle.outcome) }));
    switch (pathname) {
      case "/commits":
        return Response.json(commits);
      case "/size":
        return Response.json(await ledger.size());
      case "/rows":
        return Response.json(await ledger.rows(template));
      case "/populate":
        await ledger.populate({
          ...template,
          name,
          first: numberOf("first"),
          count: numberOf("count"),
          total: numberOf("total"),
        });
        break;
      case "/rewind":
        await ledger.rewind(numberOf("version"));
        break;
      case "/migrate":
        await ledger.migrate();
        break;
      case "/expire":
        await ledger.expire(numberOf("count"));
        break;
      case "/sweep":
        await ledger.sweep();
        break;
      case "/claim":
        await claimAs(key, key);
        break;
      case "/settle":
        await settleAs(key, key);
        break;
      case "/pairs": {
        let left = numberOf("count");
        const work = async () => {
          for (; left > 0;) {
            left -= 1;
            const keyDigest = randomDigest();
            const nonce = crypto.randomUUID();
            await claimAs(keyDigest, nonce);
            await settleAs(keyDigest, nonce);
          }
        };
        await Promise.all(Array.from({ length: numberOf("concurrency") }, work));
      }
    }
    return Response.json(null);
  },
};
