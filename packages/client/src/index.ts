/** A typed client of the gateway, for every runtime that has `fetch`. */
import { accountCalls } from "./accounts.ts";
import { checkedBaseUrl, checkedTimeoutMs, checkedWord } from "./check-options.ts";
import { connectionCalls } from "./connections.ts";
import { operationCalls } from "./operations.ts";
import type { Client } from "./send.ts";

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
export function createAccountGateway({
  baseUrl,
  key,
  connection,
  timeoutMs = 60_000,
  // A browser's `fetch` must be called on its window.
  fetch = (input, init) => globalThis.fetch(input, init),
}: AccountGatewayOptions) {
  const base = checkedBaseUrl(baseUrl).replace(/\/?$/, "/");
  const authorization = `Bearer ${checkedWord("key", key)}`;
  const client: Client = {
    request: (path, init) =>
      fetch(base + path, {
        ...init,
        headers: { ...init.headers, Authorization: authorization },
        // A redirect would take the key elsewhere, and make a GET of a create.
        redirect: "manual",
      }),
    connection,
    timeoutMs: checkedTimeoutMs(timeoutMs),
  };
  return {
    accounts: accountCalls(client),
    connections: connectionCalls(client),
    operations: operationCalls(client),
  };
}
export type AccountGateway = ReturnType<typeof createAccountGateway>;
