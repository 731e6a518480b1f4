/** `keys new`: a gateway key, and what the gateway's configuration needs of it. */
import { createHash, randomBytes } from "node:crypto";
import { keyConfiguration } from "../../../schemas/connection.ts";
import { messages } from "../../../schemas/messages.ts";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Shell } from "./shell.ts";

const keyBytes = 32;

export interface NewKey {
  name: string;
  connections: string[];
  operator: boolean;
}

/** The only place that shows a key. */
export function newKey({ name, connections, operator }: NewKey, shell: Shell): void {
  if (connections.length === 0)
    throw new Failure(
      exitCodes.usage,
      'Say what the key opens: --connection <id>, again for each, or --connection "*".',
    );
  const key = randomBytes(keyBytes).toString("base64url");
  const sha256 = [createHash("sha256").update(key).digest("hex")];
  const read = keyConfiguration.safeParse({ name, sha256, connections, operator }, messages);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `--${String(path[0])}: ${message}`);
    throw new Failure(exitCodes.usage, `No key was made. ${faults.join("; ")}. Correct it and run it again.`);
  }
  const told = `The key, shown this once. Hand it to its caller, and keep it nowhere else:

  ${key}

Its digest, for the gateway's wrangler.toml:

[vars.KEY_${name.toUpperCase().replaceAll("-", "_")}]
name = ${JSON.stringify(name)}
sha256 = ${JSON.stringify(sha256)}
connections = ${JSON.stringify(connections)}${operator ? "\noperator = true" : ""}

Then check and deploy: npm run check && npm run deploy`;
  shell.print(...told.split("\n"));
}
