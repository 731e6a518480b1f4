/** Makes the client from the options and the environment, and finds a connection of the gateway. */
import { type AccountGateway, type ConnectionDescription, createAccountGateway } from "../../client/src/index.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Host } from "./terminal.ts";

export interface GatewayOptions {
  url?: string;
  key?: string;
  /** The time for a call in seconds, retries included. */
  timeout?: number;
}

const urlVariable = "ACCOUNT_GATEWAY_URL";
const keyVariable = "ACCOUNT_GATEWAY_KEY";
/** The default is short, because a person waits for the answer. */
const defaultTimeoutSeconds = 15;

/** No message contains the key, or the URL, which may contain a password. */
export function openGateway({ url, key, timeout = defaultTimeoutSeconds }: GatewayOptions, { env }: Host) {
  const baseUrl = url ?? env[urlVariable];
  if (!baseUrl)
    throw usageError(`The gateway's URL is missing: set ${urlVariable}, or pass --url https://gateway.example.com.`);
  const gatewayKey = key ?? env[keyVariable];
  if (!gatewayKey)
    throw usageError(
      `The gateway key is missing: set ${keyVariable}. You can also pass --key, but others on this machine can see it.`,
    );
  try {
    const gateway = createAccountGateway({ baseUrl, key: gatewayKey, timeoutMs: timeout * 1000 });
    return { gateway, baseUrl: new URL(baseUrl).href };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(`${error.message}. Correct ${urlVariable} and ${keyVariable}, or --url and --key.`);
  }
}

export const askToCorrectConfiguration =
  "ask the gateway's operator to run `npm run check` and to correct the faults that it reports";

/** Returns the connection if it is ready, and throws a failure otherwise. */
export async function findConnection(gateway: AccountGateway, id: string): Promise<ConnectionDescription> {
  const connections = await gateway.connections.list();
  const found = connections.find((each) => each.id === id);
  if (found?.status === "misconfigured")
    throw new Failure(
      exitCodes.refused,
      `The connection "${id}" is disabled because of configuration faults: ${askToCorrectConfiguration}.`,
    );
  if (found !== undefined) return found;
  const allowed = connections.map((each) => each.id).join(", ") || "none";
  throw usageError(
    `Your gateway key has no access to a connection "${id}". Pass one of these to --connection: ${allowed}.`,
  );
}

const usageError = (message: string): Failure => new Failure(exitCodes.usage, message);
