/** Opens the gateway that the options or the environment name, and finds a connection there. */
import { type AccountGateway, type ConnectionDescription, createAccountGateway } from "../../client/src/index.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Host } from "./terminal.ts";

export interface GatewayOptions {
  url?: string;
  key?: string;
  /** How long to try a call, in seconds. */
  timeout?: number;
}

const urlVariable = "ACCOUNT_GATEWAY_URL";
const keyVariable = "ACCOUNT_GATEWAY_KEY";
/** Short, because a person waits for the answer. */
const defaultTimeout = 15;

/** No message repeats the key, or a URL that may contain one. */
export function openGateway({ url, key, timeout = defaultTimeout }: GatewayOptions, { env }: Host) {
  const baseUrl = url ?? env[urlVariable];
  if (!baseUrl)
    throw usage(`The gateway's URL is missing: set ${urlVariable}, or pass --url https://gateway.example.com.`);
  const gatewayKey = key ?? env[keyVariable];
  if (!gatewayKey)
    throw usage(
      `The gateway key is missing: set ${keyVariable}. You can also pass --key, but others on this machine can see it.`,
    );
  try {
    const gateway = createAccountGateway({ baseUrl, key: gatewayKey, timeoutMs: timeout * 1000 });
    return { gateway, baseUrl: new URL(baseUrl).href };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usage(`${error.message}. Correct ${urlVariable} and ${keyVariable}, or --url and --key.`);
  }
}

/** What to do about a connection with a faulty configuration. */
export const askToCorrectConfiguration =
  "ask the people who run the gateway to run `npm run check` and to correct what it reports";

/** The connection, if it is ready; otherwise a failure that says what to do. */
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
  throw usage(`Your gateway key has no access to a connection "${id}". Pass one of these to --connection: ${allowed}.`);
}

const usage = (message: string): Failure => new Failure(exitCodes.usage, message);
