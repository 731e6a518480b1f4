/** The Worker that the tests in workerd run in: the gateway as it is, but for ledgers under variables that a test can change. */
import { adapters } from "../../../adapters/index.ts";
import { createApp } from "../../../src/app.ts";
import type { Environment } from "../../../src/environment.ts";
import { createLedger } from "../../../src/ledger/durable-ledger.ts";

let variables: Readonly<Record<string, unknown>> = {};

/** Holds for ledgers that start from now on: those that run have to be aborted first. */
export function ledgersRead(changed: Readonly<Record<string, unknown>>): void {
  variables = changed;
}

export class Ledger extends createLedger(adapters) {
  constructor(context: DurableObjectState, environment: Environment) {
    super(context, { ...environment, ...variables });
  }
}

export default createApp(adapters);
