/** The connections of a gateway in this process. Each one's target is a sandbox vendor. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { credentials } from "../../../sandbox/sandbox.ts";
import { addressOf, type OwnVendor } from "./own-vendors.ts";

/** Short, so that a test does not wait long for a vendor that does not answer. Other vendors answer at once. */
const commonSettings = { require_key: false, timeout_ms: 1000, settle_window_ms: 100 };

/** The settings of each vendor's demo connection, with shorter times. */
const vendors = {
  clarus: {
    base_url: "https://clarus.sandbox.test",
    subdomain: credentials.clarus.subdomain,
    auth: {
      type: "client_credentials",
      client_id: credentials.clarus.clientId,
      client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
    },
    mapping: {
      legal_name: "string1",
      customer_type: "string2",
      industry: "string3",
      registration_id: "string4",
      "custom.tier": "string5",
    },
    fallback: { code: ["external_ref", "name"] },
    ...commonSettings,
  },
  elastic_path: {
    base_url: "https://elastic-path.sandbox.test",
    auth: {
      type: "client_credentials",
      client_id: credentials.elasticPath.clientId,
      client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
    },
    ...commonSettings,
  },
  garmat: {
    base_url: "https://garmat.sandbox.test",
    auth: { type: "api_key", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
    ...commonSettings,
  },
  zendesk: {
    base_url: "https://zendesk.sandbox.test",
    auth: {
      type: "client_credentials",
      client_id: credentials.zendesk.clientId,
      client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
      scope: "read write",
    },
    mapping: { legal_name: "details" },
    ...commonSettings,
  },
} as const;

const secrets = {
  SANDBOX_CLIENT_SECRET: credentials.clarus.clientSecret,
  SANDBOX_GARMAT_KEY: credentials.garmat.apiKey,
};

/** A connection's vendor, and the settings that differ from that vendor's demo connection. */
export interface ConnectionSettings {
  /** A built-in vendor, or one of the option `vendors`. */
  vendor: string;
  [setting: string]: unknown;
}

/** One connection to each vendor, such as `demo-elastic-path`. */
export const demoConnections = (ownVendors: readonly OwnVendor[]): Record<string, ConnectionSettings> =>
  Object.fromEntries(
    [...Object.keys(vendors), ...ownVendors.map(({ adapter }) => adapter.vendor)].map((vendor) => [
      `demo-${vendor.replaceAll("_", "-")}`,
      { vendor },
    ]),
  );

/** The variables of a Worker with these connections. Every key may use every connection. */
export function variablesOf(
  connections: Readonly<Record<string, ConnectionSettings>>,
  keys: readonly string[],
  ownVendors: readonly OwnVendor[],
): Record<string, unknown> {
  const defaults: Record<string, Readonly<Record<string, unknown>>> = { ...vendors };
  for (const { adapter, connection } of ownVendors)
    defaults[adapter.vendor] = { base_url: addressOf(adapter), ...commonSettings, ...connection };
  return {
    ...secrets,
    ...Object.fromEntries(ownVendors.flatMap((each) => Object.entries(each.secrets ?? {}))),
    ...Object.fromEntries(
      Object.entries(connections).map(([id, settings]) => [
        `CONNECTION_${id}`,
        { ...defaults[settings.vendor], ...settings, id },
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
