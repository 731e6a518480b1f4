import { adapters } from "../adapters/index.ts";
import { createApp } from "./app.ts";
import { createLedger } from "./ledger/durable-ledger.ts";

export default createApp(adapters);
export class Ledger extends createLedger(adapters) {}
