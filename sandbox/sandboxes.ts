/** The registry of sandbox vendors. */
import type { Hono } from "hono";
import { clarusSandbox as clarus } from "./clarus.ts";
import { elasticPathSandbox as elasticPath } from "./elastic-path.ts";
import { garmatSandbox as garmat } from "./garmat.ts";
import { hubspotSandbox as hubspot } from "./hubspot.ts";
import type { SandboxOptions, VendorSandbox } from "./sandbox.ts";
import type { SandboxStore } from "./store.ts";
import { stripeSandbox as stripe } from "./stripe.ts";
import { zendeskSandbox as zendesk } from "./zendesk.ts";

const vendors = { clarus, elasticPath, garmat, hubspot, stripe, zendesk } as const satisfies Record<
  string,
  VendorSandbox
>;
type Vendors = typeof vendors;

export type SandboxHost = Vendors[keyof Vendors]["host"];
type Listed = VendorSandbox & {
  host: SandboxHost;
  connection: { vendor: Vendors[keyof Vendors]["connection"]["vendor"] };
};
export const sandboxes: readonly Listed[] = Object.values(vendors);
export const sandboxHosts = sandboxes.map(({ host }) => host);

/** The credentials that the sandbox vendors accept. */
export const credentials = Object.fromEntries(
  Object.entries(vendors).map(([name, vendor]) => [name, vendor.credentials]),
) as { readonly [Name in keyof Vendors]: Vendors[Name]["credentials"] };

export interface SandboxesOptions extends Omit<SandboxOptions, "store"> {
  /** Returns the vendor's own store. */
  storeOf: (host: SandboxHost) => SandboxStore;
}

/** The app of each vendor, by host. */
export const createSandboxes = ({ storeOf, ...options }: SandboxesOptions): Map<string, Hono> =>
  new Map(sandboxes.map(({ host, create }) => [host, create({ ...options, store: storeOf(host) })]));

type DemoId<Host> = Host extends `${infer Name}.sandbox.test` ? `demo-${Name}` : never;
export type DemoConnectionId = DemoId<SandboxHost>;

/** The id of a vendor's demo connection, such as `demo-clarus`. */
export const demoIdOf = ({ host }: Listed): DemoConnectionId =>
  `demo-${host.replace(".sandbox.test", "")}` as DemoConnectionId;

/** The demo connection to a sandbox vendor. */
export const demoConnectionOf = ({ host, connection }: VendorSandbox): VendorSandbox["connection"] => ({
  base_url: `https://${host}`,
  require_key: false,
  ...connection,
});

/** The secrets of all demo connections. */
export const demoSecrets: Readonly<Record<string, string>> = Object.assign(
  {},
  ...sandboxes.map((each) => each.secrets),
);
