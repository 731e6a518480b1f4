/** The connections of a gateway in this process. Each one's target is a sandbox vendor. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { demoConnectionOf, demoIdOf, demoSecrets, sandboxes } from "../../../sandbox/sandboxes.ts";

/** Short, so that a test does not wait long for a vendor that does not answer. Other vendors answer at once. */
const times = { timeout_ms: 1000, settle_window_ms: 100 };

/** Each vendor's demo connection, with shorter times. */
const vendors = new Map<string, object>(
  sandboxes.map((sandbox) => [sandbox.connection.vendor, { ...demoConnectionOf(sandbox), ...times }]),
);

/** A connection's vendor, and the settings that differ from that vendor's demo connection. */
export interface ConnectionSettings {
  vendor: string;
  [setting: string]: unknown;
}

export const demoConnections: Readonly<Record<string, ConnectionSettings>> = Object.fromEntries(
  sandboxes.map((sandbox) => [demoIdOf(sandbox), { vendor: sandbox.connection.vendor }]),
);

/** The variables of a Worker with these connections. Every key may use every connection. */
export function variablesOf(
  connections: Readonly<Record<string, ConnectionSettings>>,
  keys: readonly string[],
): Record<string, unknown> {
  return {
    ...demoSecrets,
    ...Object.fromEntries(
      Object.entries(connections).map(([id, settings]) => [
        `CONNECTION_${id}`,
        { ...vendors.get(settings.vendor), ...settings, id },
      ]),
    ),
    ...Object.fromEntries(
      keys.map((key, index) => [
        `KEY_${index}`,
        {
          name: index === 0 ? "demo" : `demo-${index}`,
          sha256: [bytesToHex(sha256(utf8ToBytes(key)))],
          connections: ["*"],
          operator: true,
        },
      ]),
    ),
  };
}
