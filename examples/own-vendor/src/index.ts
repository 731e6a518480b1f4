import { clarus, createGateway, createLedger } from "@account-gateway/server";
import { acme } from "./acme.ts";

const adapters = [clarus, acme];

export default createGateway({ adapters });
export class Ledger extends createLedger({ adapters }) {}
