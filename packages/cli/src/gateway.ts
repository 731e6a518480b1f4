/** Which gateway is called, with which key: by option, or by the environment. */
import { createAccountGateway } from "../../client/src/index.ts";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Host } from "./shell.ts";

export interface GatewayOptions {
  url?: string;
  key?: string;
  /** How long a call is tried, in seconds. */
  timeout?: number;
}

const urlVariable = "ACCOUNT_GATEWAY_URL";
const keyVariable = "ACCOUNT_GATEWAY_KEY";
/** Somebody waits for it. */
const usualTimeout = 15;

/** What is said of a bad key or URL never repeats it. */
export function openGateway({ url, key, timeout = usualTimeout }: GatewayOptions, { env }: Host) {
  const baseUrl = url ?? env[urlVariable];
  if (!baseUrl) throw usage(`Say where the gateway is: set ${urlVariable}, or pass --url https://gateway.example.com.`);
  const gatewayKey = key ?? env[keyVariable];
  if (!gatewayKey)
    throw usage(`Say which gateway key to use: set ${keyVariable}; --key takes it too, where others can see it.`);
  try {
    const gateway = createAccountGateway({ baseUrl, key: gatewayKey, timeoutMs: timeout * 1000 });
    return { gateway, baseUrl: new URL(baseUrl).href };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usage(`${error.message}. It comes from ${urlVariable} and ${keyVariable}, or from --url and --key.`);
  }
}

const usage = (message: string): Failure => new Failure(exitCodes.usage, message);
