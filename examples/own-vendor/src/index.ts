import { createGateway, createLedger } from "@account-gateway/server";
import { clarus } from "@account-gateway/server/vendors/clarus";
import { acme } from "./acme.ts";

const adapters = [clarus, acme];

export default createGateway({ adapters });
export class Ledger extends createLedger({ adapters }) {}
