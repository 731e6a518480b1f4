/**
 * The sandbox vendors. They run outside the gateway's processes, so their stored accounts survive a kill. They pause before
 * and after each create, so that kills happen in every phase of a send.
 */
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Http2Bindings, type HttpBindings, serve, type ServerType } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { systemClock } from "../../sandbox/sandbox.ts";
import { ConnectionReset } from "../../sandbox/faults.ts";
import { createMemoryStore, type SandboxStore, type StoredAccount } from "../../sandbox/store.ts";
import { createSandboxes, sandboxHosts, type SandboxHost } from "../../sandbox/sandboxes.ts";
import { createIdempotentSandbox } from "./idempotent-vendor.ts";
import type { Random } from "./random.ts";
import { isCreate } from "./vendor-requests.ts";

/** A fixed token. A connection with `bearer` settles much sooner, because its lease covers no token request. */
export const bearerToken = "minted-elsewhere-0123456789";
/** Shorter than the settle window of the connections. */
const readLagMs = 300;
const maxDelayMs = 500;
const failedLookupShare = 0.1;
/** The share of repeats that get the first answer although the account's name asks for a fault. */
const answeredRepeatShare = 0.5;

const idempotentHost = "idempotent.sandbox.test";
const hosts = [...sandboxHosts, idempotentHost] as const;
export type VendorHost = SandboxHost | typeof idempotentHost;

export interface VendorAccount {
  id: string;
  name: string;
  /** Only from Elastic Path. */
  external_ref?: string | null | undefined;
}

/** The members with a text at any depth. An account that the vendor numbers has no id of its own in the store. */
function readAccount({ sequence, body }: StoredAccount): VendorAccount {
  const texts = new Map<string, string>();
  JSON.parse(body, (member, value: unknown) => {
    if (typeof value === "string") texts.set(member, value);
    return value;
  });
  return {
    id: texts.get("id") ?? String(sequence),
    name: texts.get("name") ?? "",
    external_ref: texts.get("external_ref"),
  };
}

const faultPrefix = '"fault:';
const healthyPrefix = '"healthyPrefix:';

/** Lets a healthy vendor create an account whose name asks for a fault. */
function withoutFaults(store: SandboxStore): SandboxStore {
  return {
    ...store,
    insert: (account) => store.insert({ ...account, body: account.body.replace(healthyPrefix, faultPrefix) }),
  };
}

export type Vendors = Awaited<ReturnType<typeof startVendors>>;

export async function startVendors(random: Random) {
  const stores = new Map(hosts.map((host) => [host, withoutFaults(createMemoryStore())]));
  const storeOf = (host: VendorHost) => stores.get(host) ?? createMemoryStore();
  for (const host of sandboxHosts) await storeOf(host).addToken(bearerToken, Number.POSITIVE_INFINITY);
  const stopped = new AbortController();
  const clock = {
    now: () => systemClock.now(),
    sleep: (milliseconds: number, signal: AbortSignal) =>
      systemClock.sleep(milliseconds, AbortSignal.any([signal, stopped.signal])),
  };
  const apps = createSandboxes({ storeOf, clock, readLagMs });
  apps.set(idempotentHost, createIdempotentSandbox({ store: storeOf(idempotentHost), clock }));

  let isHealthy = false;
  const creating: VendorHost[] = [];
  const reads: string[] = [];
  const delay = () => (isHealthy || random() < 0.3 ? undefined : pause(random() * maxDelayMs));

  async function create(
    host: VendorHost,
    request: Request,
    answer: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    const { method, headers, signal } = request;
    // Once the vendor has read the body, it creates the account even if a test kills the gateway.
    const body = await request.text();
    creating.push(host);
    try {
      await delay();
      const wasHealthy = isHealthy || (host === idempotentHost && random() < answeredRepeatShare);
      const sent = wasHealthy ? body.replace(faultPrefix, healthyPrefix) : body;
      const response = await answer(new Request(request.url, { method, headers, signal, body: sent }));
      await delay();
      if (!wasHealthy) return response;
      return new Response((await response.text()).replace(healthyPrefix, faultPrefix), response);
    } finally {
      creating.splice(creating.indexOf(host), 1);
    }
  }

  async function listen(host: VendorHost): Promise<{ host: VendorHost; url: string; server: ServerType }> {
    const answer = async (request: Request) => (await apps.get(host)?.fetch(request)) ?? Response.error();
    const fetch = async (request: Request, { outgoing }: HttpBindings | Http2Bindings): Promise<Response> => {
      const { pathname, href } = new URL(request.url);
      try {
        if (isCreate(request)) return await create(host, request, answer);
        reads.push(decodeURIComponent(href));
        const fails = !isHealthy && !pathname.startsWith("/oauth/") && random() < failedLookupShare;
        return fails ? new Response("", { status: 500 }) : await answer(request);
      } catch (error) {
        if (!(error instanceof ConnectionReset)) throw error;
        outgoing.destroy();
        return RESPONSE_ALREADY_SENT;
      }
    };
    return new Promise((resolve) => {
      const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }: AddressInfo) =>
        resolve({ host, url: `http://127.0.0.1:${port}`, server }),
      );
    });
  }

  const listening = await Promise.all(hosts.map(listen));
  return {
    urlOf: (host: VendorHost): string => listening.find((each) => each.host === host)?.url ?? "",
    /** Reads the vendor's store directly, so faults in its answers have no effect. */
    accountsOf: async (host: VendorHost): Promise<VendorAccount[]> => (await storeOf(host).list()).map(readAccount),
    /** Whether a create is running there. */
    isCreating: (host: VendorHost): boolean => creating.includes(host),
    /** Whether the URL of a request other than a create contains this text. */
    hasReadOf: (text: string): boolean => reads.some((href) => href.includes(text)),
    heal: (): void => void (isHealthy = true),
    stop: async (): Promise<void> => {
      stopped.abort();
      await Promise.all(
        listening.map(
          ({ server }) =>
            new Promise((resolve) => {
              server.close(resolve);
              if ("closeAllConnections" in server) server.closeAllConnections();
            }),
        ),
      );
    },
  };
}
