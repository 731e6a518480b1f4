/** The connections of a gateway in this process. Each one's target is a sandbox vendor. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { demoConnectionOf, demoIdOf, demoSecrets, sandboxes } from "../../../sandbox/sandboxes.ts";
import { addressOf, type OwnVendor } from "./own-vendors.ts";

/** Short, so that a test does not wait long for a vendor that does not answer. Other vendors answer at once. */
const times = { timeout_ms: 1000, settle_window_ms: 100 };

/** Each vendor's demo connection, with shorter times. */
const vendors = new Map<string, object>(
  sandboxes.map((sandbox) => [sandbox.connection.vendor, { ...demoConnectionOf(sandbox), ...times }]),
);

/** A connection's vendor, and the settings that differ from that vendor's demo connection. */
export interface ConnectionSettings {
  /** A built-in vendor, or one of the option `vendors`. */
  vendor: string;
  [setting: string]: unknown;
}

/** One connection to each vendor, such as `demo-elastic-path`. */
export const demoConnections = (ownVendors: readonly OwnVendor[]): Record<string, ConnectionSettings> =>
  Object.fromEntries([
    ...sandboxes.map((sandbox) => [demoIdOf(sandbox), { vendor: sandbox.connection.vendor }] as const),
    ...ownVendors.map(({ adapter: { vendor } }) => [`demo-${vendor.replaceAll("_", "-")}`, { vendor }] as const),
  ]);

/** The variables of a Worker with these connections. Every key may use every connection. */
export function variablesOf(
  connections: Readonly<Record<string, ConnectionSettings>>,
  keys: readonly string[],
  ownVendors: readonly OwnVendor[],
): Record<string, unknown> {
  const defaults = new Map(vendors);
  for (const { adapter, connection } of ownVendors)
    defaults.set(adapter.vendor, { base_url: addressOf(adapter), require_key: false, ...times, ...connection });
  return {
    ...demoSecrets,
    ...Object.fromEntries(ownVendors.flatMap((each) => Object.entries(each.secrets ?? {}))),
    ...Object.fromEntries(
      Object.entries(connections).map(([id, settings]) => [
        `CONNECTION_${id}`,
        { ...defaults.get(settings.vendor), ...settings, id },
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
