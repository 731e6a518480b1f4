/**
 * The sandbox vendors outside the gateway's processes: what they hold is the truth that no kill touches. They are slow
 * before and after they create, so that a kill lands in every phase of a send.
 */
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Http2Bindings, type HttpBindings, serve, type ServerType } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import * as z from "zod/mini";
import { systemClock } from "../../../sandbox/sandbox.ts";
import { ConnectionReset } from "../../../sandbox/faults.ts";
import { createMemoryStore, type SandboxStore, type StoredAccount } from "../../../sandbox/store.ts";
import { createSandboxes, sandboxHosts, type SandboxHost } from "../../../sandbox/sandboxes.ts";
import type { Random } from "./random.ts";

/** Minted elsewhere: a connection with `bearer` is settled much sooner, since its lease covers no exchange. */
export const bearerToken = "minted-elsewhere-0123456789";
/** Below the connections' settle window. */
const readLagMs = 300;
const mostlyMs = 500;
const lookupsThatFail = 0.1;

export interface VendorAccount {
  id: string;
  name: string;
  /** Elastic Path's alone. */
  external_ref?: string | null | undefined;
}

const clarusBody = z.object({ data: z.object({ attributes: z.object({ name: z.string() }) }) });
const otherBody = z.object({ id: z.string(), name: z.string(), external_ref: z.nullish(z.string()) });
const zendeskBody = z.object({ name: z.string() });

const readers: Record<SandboxHost, (stored: StoredAccount) => VendorAccount> = {
  "clarus.sandbox.test": ({ sequence, body }) => ({
    id: String(sequence),
    name: clarusBody.parse(JSON.parse(body)).data.attributes.name,
  }),
  "elastic-path.sandbox.test": ({ body }) => otherBody.parse(JSON.parse(body)),
  "garmat.sandbox.test": ({ body }) => otherBody.parse(JSON.parse(body)),
  "zendesk.sandbox.test": ({ sequence, body }) => ({
    id: String(sequence),
    name: zendeskBody.parse(JSON.parse(body)).name,
  }),
};

const ailing = '"fault:';
const cured = '"cured:';

/** Lets a healthy vendor take an account whose name asks for a fault. */
function curable(store: SandboxStore): SandboxStore {
  return { ...store, insert: (account) => store.insert({ ...account, body: account.body.replace(cured, ailing) }) };
}

export type Vendors = Awaited<ReturnType<typeof startVendors>>;

export async function startVendors(random: Random) {
  const stores = new Map(sandboxHosts.map((host) => [host, curable(createMemoryStore())]));
  const storeOf = (host: SandboxHost) => stores.get(host) ?? createMemoryStore();
  for (const host of sandboxHosts) await storeOf(host).addToken(bearerToken, Number.POSITIVE_INFINITY);
  const stopped = new AbortController();
  const clock = {
    now: () => systemClock.now(),
    sleep: (milliseconds: number, signal: AbortSignal) =>
      systemClock.sleep(milliseconds, AbortSignal.any([signal, stopped.signal])),
  };
  const apps = createSandboxes({ storeOf, clock, readLagMs });

  let isHealthy = false;
  const creating: SandboxHost[] = [];
  const reads: string[] = [];
  const hesitate = () => (isHealthy || random() < 0.3 ? undefined : pause(random() * mostlyMs));

  async function create(
    host: SandboxHost,
    request: Request,
    answer: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    const { method, headers, signal } = request;
    // Read before anything else: from here on it is carried out, whether or not the gateway lives.
    const body = await request.text();
    creating.push(host);
    try {
      await hesitate();
      const isCured = isHealthy;
      const asked = isCured ? body.replace(ailing, cured) : body;
      const response = await answer(new Request(request.url, { method, headers, signal, body: asked }));
      await hesitate();
      if (!isCured) return response;
      return new Response((await response.text()).replace(cured, ailing), response);
    } finally {
      creating.splice(creating.indexOf(host), 1);
    }
  }

  async function listen(host: SandboxHost): Promise<{ host: SandboxHost; url: string; server: ServerType }> {
    const answer = async (request: Request) => (await apps.get(host)?.fetch(request)) ?? Response.error();
    const fetch = async (request: Request, { outgoing }: HttpBindings | Http2Bindings): Promise<Response> => {
      const { pathname, href } = new URL(request.url);
      try {
        if (request.method === "POST" && pathname.endsWith("/accounts")) return await create(host, request, answer);
        reads.push(decodeURIComponent(href));
        const fails = !isHealthy && !pathname.startsWith("/oauth/") && random() < lookupsThatFail;
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

  const listening = await Promise.all(sandboxHosts.map(listen));
  return {
    urlOf: (host: SandboxHost): string => listening.find((each) => each.host === host)?.url ?? "",
    /** In the vendor's own words: from its store, past whatever it answers. */
    accountsOf: async (host: SandboxHost): Promise<VendorAccount[]> => (await storeOf(host).list()).map(readers[host]),
    /** Whether a create is under way there. */
    isCreating: (host: SandboxHost): boolean => creating.includes(host),
    /** Whether anything but a create was asked whose URL has this text. */
    wasAskedFor: (text: string): boolean => reads.some((href) => href.includes(text)),
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
