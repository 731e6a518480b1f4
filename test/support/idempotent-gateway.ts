/** A Worker with the gateway, its own adapters and the adapter of a vendor with an idempotency key of its own. */
import { adapters as ownAdapters } from "../../adapters/index.ts";
import { createApp } from "../../src/app.ts";
import { createLedger } from "../../src/ledger/durable-ledger.ts";
import { idempotent } from "./idempotent-vendor.ts";

const adapters = [...ownAdapters, idempotent];

export default createApp(adapters);
export class Ledger extends createLedger(adapters) {}
