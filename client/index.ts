/** A typed client of the gateway, for every runtime that has `fetch`. */
export type { Account, AccountRequest, Warning } from "../schemas/account.ts";
