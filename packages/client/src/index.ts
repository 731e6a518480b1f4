/** A typed client of the gateway, for every runtime that has `fetch`. */
import ky from "ky";
import { accountCalls } from "./accounts.ts";
import { checkedBaseUrl, checkedTimeoutMs, checkedHeaderValue } from "./options.ts";
import { connectionCalls } from "./connections.ts";
import { operationCalls } from "./operations.ts";
import type { CallOptions } from "./send.ts";

export type {
  Account,
  AccountRequest,
  ConnectionCheck,
  ConnectionDescription,
  FieldCapability,
  Operation,
  OperationList,
  OperationState,
  Preview,
  Resolution,
  Warning,
} from "./documents.ts";
export type {
  Accepted,
  Created,
  CreatedWithoutKey,
  CreateOptions,
  CreateWithoutKeyOptions,
  PreviewOptions,
} from "./accounts.ts";
export type { ListOptions, SettledOperation } from "./operations.ts";
export {
  AccountGatewayError,
  type AccountGatewayProblem,
  type ClientProblem,
  type GatewayProblem,
  isAboutOperation,
} from "./problem.ts";
export type { CallOptions };

export interface AccountGatewayOptions {
  /** The gateway's URL, such as `https://gateway.example.com`. */
  baseUrl: string;
  /** The gateway key. Keep it secret: it can create accounts. */
  key: string;
  /** The connection of calls that do not name one. */
  connection?: string | undefined;
  /** The longest time for a call, with all attempts. 60 seconds by default. */
  timeoutMs?: number | undefined;
  /** The default of `retryDelayMs` in `CallOptions`. */
  retryDelayMs?: CallOptions["retryDelayMs"];
  /** Replaces the runtime's `fetch`: with a service binding in a Worker, or a mock in a test. */
  fetch?: typeof fetch | undefined;
}

/** The client of one gateway. Each call that fails throws an `AccountGatewayError`. */
export function createAccountGateway({
  baseUrl,
  key,
  connection,
  timeoutMs = 60_000,
  retryDelayMs,
  fetch,
}: AccountGatewayOptions) {
  const http = ky.create({
    prefix: checkedBaseUrl(baseUrl),
    headers: { Authorization: `Bearer ${checkedHeaderValue("key", key)}` },
    retry: 0,
    throwHttpErrors: false,
    timeout: false,
    // A redirect would send the key to another host, and turn a create into a GET.
    redirect: "manual",
    ...(fetch && { fetch }),
  });
  const client = { http, connection, timeoutMs: checkedTimeoutMs(timeoutMs), retryDelayMs };
  return {
    accounts: accountCalls(client),
    connections: connectionCalls(client),
    operations: operationCalls(client),
  };
}
export type AccountGateway = ReturnType<typeof createAccountGateway>;
