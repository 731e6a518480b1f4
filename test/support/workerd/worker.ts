/** The Worker of the tests in workerd: the gateway itself, with ledgers whose variables a test can change. */
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import { createApp } from "../../../src/app.ts";
import type { Environment } from "../../../src/environment.ts";
import { createLedger } from "../../../src/ledger/durable-ledger.ts";
import { authAdapters } from "../auth-vendor.ts";
import { idempotent } from "../idempotent-vendor.ts";
import { variants } from "../variants.ts";

/** The adapters of the gateway, and one with an idempotency key of its own. */
export const adapters = [...allAdapters, idempotent];

let variables: Readonly<Record<string, unknown>> = {};

/** Changes the variables of ledgers that start later. Abort running ledgers first. */
export function useVariables(changed: Readonly<Record<string, unknown>>): void {
  variables = changed;
}

export class Ledger extends createLedger([...adapters, ...authAdapters, ...variants.map(({ adapter }) => adapter)]) {
  constructor(context: DurableObjectState, environment: Environment) {
    super(context, { ...environment, ...variables });
  }
}

export default createApp(adapters);
