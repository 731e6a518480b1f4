/** `keys new`: makes a gateway key, and the configuration that accepts it. */
import { createHash, randomBytes } from "node:crypto";
import { keyConfiguration } from "../../../schemas/connection.ts";
import { messages } from "../../../schemas/messages.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

const keyBytes = 32;

export interface NewKey {
  name: string;
  connections: string[];
  operator: boolean;
}

/** Prints the new key. No other command prints a key. */
export function newKey({ name, connections, operator }: NewKey, terminal: Terminal): void {
  if (connections.length === 0)
    throw new Failure(
      exitCodes.usage,
      'The key needs a connection: pass --connection <id> for each one, or --connection "*" for all.',
    );
  const key = randomBytes(keyBytes).toString("base64url");
  const sha256 = [createHash("sha256").update(key).digest("hex")];
  const read = keyConfiguration.safeParse({ name, sha256, connections, operator }, messages);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `--${String(path[0])}: ${message}`);
    throw new Failure(
      exitCodes.usage,
      `No key was made. ${faults.join("; ")}. Correct the options, and run the command again.`,
    );
  }
  const text = `The key is shown only once. Give it to its caller, and store it nowhere else:

  ${key}

Add its digest to the gateway's wrangler.toml:

[vars.KEY_${name.toUpperCase().replaceAll("-", "_")}]
name = ${JSON.stringify(name)}
sha256 = ${JSON.stringify(sha256)}
connections = ${JSON.stringify(connections)}${operator ? "\noperator = true" : ""}

Then check and deploy: npm run check && npm run deploy`;
  terminal.print(...text.split("\n"));
}
