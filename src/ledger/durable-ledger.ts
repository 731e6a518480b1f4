/** The ledger as a SQLite Durable Object, one per connection: https://developers.cloudflare.com/durable-objects/ */
import { DurableObject } from "cloudflare:workers";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { configurationReader } from "../connections/configuration.ts";
import type { Environment } from "../environment.ts";
import { describeError, workersLog, writeLedgerFault } from "../log.ts";
import { fetchFor } from "../vendor-client/context.ts";
import { CommitQueue, type Commits } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerService, ResolveRequest } from "./rpc.ts";
import type { ListQuery } from "./operation-store.ts";
import { openSqliteOperationStore } from "./sqlite-operation-store.ts";

const reportUnreadable = (id: string, error: unknown): void => writeLedgerFault(workersLog, describeError(error), id);

type LedgerClass = new (
  context: DurableObjectState,
  environment: Environment,
) => DurableObject<Environment> & LedgerService & { alarm: () => Promise<void> };

/** Makes the Durable Object's class. `openCommits`: lets a bench count or replace the commits. */
export function createLedger(
  adapters: readonly Adapter[],
  openCommits = (): Commits => new CommitQueue(),
): LedgerClass {
  const configurationOf = configurationReader(adapters, workersLog);

  return class DurableLedger extends DurableObject<Environment> implements LedgerService {
    readonly #ledger: Ledger;

    constructor(context: DurableObjectState, environment: Environment) {
      super(context, environment);
      const { storage, id } = context;
      this.#ledger = new Ledger({
        store: storage.transactionSync(() => openSqliteOperationStore(storage.sql, reportUnreadable)),
        commits: openCommits(),
        storage,
        plan: configurationOf(environment).connections.get(id.name ?? "")?.plan,
        fetch: fetchFor(environment),
        waitUntil: (promise) => context.waitUntil(promise),
        log: workersLog,
      });
      void context.blockConcurrencyWhile(() => this.#ledger.wake());
    }

    claim(request: string) {
      return this.#ledger.claim(request);
    }

    settle(request: string) {
      return this.#ledger.settle(request);
    }

    read(id: string) {
      return this.#ledger.read(id);
    }

    list(query: ListQuery) {
      return this.#ledger.list(query);
    }

    resolve(request: ResolveRequest) {
      return this.#ledger.resolve(request);
    }

    override alarm() {
      return this.#ledger.alarm();
    }
  };
}
