/** A typed client of the gateway, for every runtime that has `fetch`. */
import ky from "ky";
import { accountCalls } from "./accounts.ts";
import { checkedBaseUrl, checkedTimeoutMs, checkedWord } from "./check-options.ts";
import { connectionCalls } from "./connections.ts";
import { operationCalls } from "./operations.ts";

export type { Account, Warning } from "../../../schemas/documents/account.ts";
export type { AccountRequest } from "../../../schemas/account.ts";
export type { ConnectionCheck, ConnectionDescription, FieldCapability } from "../../../schemas/documents/capability.ts";
export type { OperationDocument as Operation, OperationList } from "../../../schemas/documents/operation.ts";
export type { OperationState, Resolution } from "../../../schemas/operation.ts";
export type { Preview } from "../../../schemas/documents/preview.ts";
export type { Accepted, Created, CreateOptions, PreviewOptions } from "./accounts.ts";
export type { ListOptions, SettledOperation } from "./operations.ts";
export {
  AccountGatewayError,
  type AccountGatewayProblem,
  type ClientProblem,
  type GatewayProblem,
  isAboutOperation,
} from "./problem.ts";
export type { CallOptions } from "./send.ts";

export interface AccountGatewayOptions {
  /** Where the gateway is, such as `https://gateway.example.com`. */
  baseUrl: string;
  /** The gateway key. Whoever gets hold of it can create accounts: keep it out of public pages. */
  key: string;
  /** The connection of every call that names none. */
  connection?: string | undefined;
  /** How long a call may take that does not say so itself, repetitions included: 60 seconds unless told. */
  timeoutMs?: number | undefined;
  /** In place of the runtime's own: a service binding's in a Worker, a stand-in's in a test. */
  fetch?: typeof fetch | undefined;
}

/** The client of one gateway. Each call that fails throws an `AccountGatewayError`. */
export function createAccountGateway({ baseUrl, key, connection, timeoutMs = 60_000, fetch }: AccountGatewayOptions) {
  const http = ky.create({
    prefix: checkedBaseUrl(baseUrl),
    headers: { Authorization: `Bearer ${checkedWord("key", key)}` },
    retry: 0,
    throwHttpErrors: false,
    timeout: false,
    // A redirect would take the key elsewhere, and make a GET of a create.
    redirect: "manual",
    ...(fetch && { fetch }),
  });
  const client = { http, connection, timeoutMs: checkedTimeoutMs(timeoutMs) };
  return {
    accounts: accountCalls(client),
    connections: connectionCalls(client),
    operations: operationCalls(client),
  };
}
export type AccountGateway = ReturnType<typeof createAccountGateway>;
