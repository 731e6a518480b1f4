/** The Worker of the tests in workerd: the gateway itself, with ledgers whose variables a test can change. */
import { allAdapters } from "../../../adapters/index.ts";
import { createApp } from "../../../src/app.ts";
import type { Environment } from "../../../src/environment.ts";
import { createLedger } from "../../../src/ledger/durable-ledger.ts";

let variables: Readonly<Record<string, unknown>> = {};

/** Changes the variables of ledgers that start later. Abort running ledgers first. */
export function useVariables(changed: Readonly<Record<string, unknown>>): void {
  variables = changed;
}

export class Ledger extends createLedger(allAdapters) {
  constructor(context: DurableObjectState, environment: Environment) {
    super(context, { ...environment, ...variables });
  }
}

export default createApp(allAdapters);
