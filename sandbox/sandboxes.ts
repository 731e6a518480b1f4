/** What the gateway's tests, the testing kit and the sandbox Worker need of all vendors. */
import type { Hono } from "hono";
import type { Adapter } from "../adapters/engine/adapter.ts";
import type { SandboxOptions, VendorSandbox } from "./sandbox.ts";
import type { SandboxStore } from "./store.ts";
import * as vendors from "./vendors.ts";

type Vendors = typeof vendors;

export type SandboxHost = Vendors[keyof Vendors]["host"];
type Listed = VendorSandbox & {
  host: SandboxHost;
  connection: { vendor: Vendors[keyof Vendors]["connection"]["vendor"] };
};
export const sandboxes: readonly Listed[] = Object.values(vendors);
export const sandboxHosts = sandboxes.map(({ host }) => host);

/** The adapters of all vendors, also of those that the default gateway does not serve. */
export const allAdapters: readonly Adapter[] = sandboxes.map(({ adapter }) => adapter);

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
