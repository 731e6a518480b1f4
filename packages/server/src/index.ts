/** `@account-gateway/server`: the gateway as a Worker and a Durable Object, for the vendors that you choose. */
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import { createApp } from "../../../src/app.ts";
import { createLedger as createDurableLedger } from "../../../src/ledger/durable-ledger.ts";
import type { LogSink } from "../../../src/log.ts";
import type { Gateway, LedgerClass, LedgerObject } from "./platform.ts";

export type { Adapter } from "../../../adapters/engine/adapter.ts";
export type { LogSink } from "../../../src/log.ts";
export type { Environment, Gateway, LedgerClass, LedgerContext, LedgerObject, RequestContext } from "./platform.ts";

export interface VendorOptions {
  /** The vendors to which a connection can send. */
  adapters: readonly Adapter[];
}

export interface GatewayOptions extends VendorOptions {
  /** Where to write the log. Default: `console`. */
  log?: LogSink;
}

/** The Worker: `export default createGateway({ adapters })`. */
export function createGateway({ adapters, log }: GatewayOptions): Gateway {
  return createApp(adapters, log);
}

/** The class of the Durable Object: `export class Ledger extends createLedger({ adapters }) {}`. */
export function createLedger({ adapters }: VendorOptions): LedgerClass {
  const created: new (context: never, environment: never) => LedgerObject = createDurableLedger(adapters);
  // The platform passes the state and the environment that the class needs.
  return created as LedgerClass;
}
