import type { Hono } from "hono";
import { createClarusSandbox } from "./clarus.ts";
import { createElasticPathSandbox } from "./elastic-path.ts";
import { createGarmatSandbox } from "./garmat.ts";
import type { SandboxOptions } from "./sandbox.ts";
import type { SandboxStore } from "./store.ts";
import { createZendeskSandbox } from "./zendesk.ts";

export const sandboxHosts = [
  "clarus.sandbox.test",
  "elastic-path.sandbox.test",
  "garmat.sandbox.test",
  "zendesk.sandbox.test",
] as const;
export type SandboxHost = (typeof sandboxHosts)[number];

const creators = {
  "clarus.sandbox.test": createClarusSandbox,
  "elastic-path.sandbox.test": createElasticPathSandbox,
  "garmat.sandbox.test": createGarmatSandbox,
  "zendesk.sandbox.test": createZendeskSandbox,
} satisfies Record<SandboxHost, (options: SandboxOptions) => Hono>;

export interface SandboxesOptions extends Omit<SandboxOptions, "store"> {
  /** Returns the vendor's own store. */
  storeOf: (host: SandboxHost) => SandboxStore;
  /** How long Elastic Path's list omits a new account. */
  readLagMs?: number;
}

/** The app of each vendor, by host. */
export const createSandboxes = ({ storeOf, ...options }: SandboxesOptions): Map<string, Hono> =>
  new Map(sandboxHosts.map((host) => [host, creators[host]({ ...options, store: storeOf(host) })]));
