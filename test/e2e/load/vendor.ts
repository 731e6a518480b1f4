/**
 * A vendor with the API of Elastic Path that answers at once, and fails a share of the creates. It stores little of each
 * account, so that a million of them fit in memory.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";
import type { Random } from "../../support/random.ts";

const created = z.object({ data: z.object({ name: z.string(), external_ref: z.string() }) });

/** Faults that occur before or after the vendor creates the account. `status: null` is a lost connection. */
const faults = [
  { isCreated: false, status: 500 },
  { isCreated: false, status: 503 },
  { isCreated: false, status: 429 },
  { isCreated: false, status: null },
  { isCreated: true, status: 500 },
  { isCreated: true, status: null },
] as const;

export type Vendor = Awaited<ReturnType<typeof startVendor>>;

/** `faultShare`: the share of creates that fail before `heal`, from 0 to 1. */
export async function startVendor(random: Random, faultShare: number) {
  const idsByName = new Map<string, string[]>();
  const byReference = new Map<string, { id: string; name: string }>();
  let isHealthy = false;
  let faulty = 0;

  const reply = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { "Content-Type": "application/json", "Retry-After": "1" }).end(JSON.stringify(body));
  const document = (id: string, name: string, reference: string) => ({
    id,
    type: "account",
    name,
    external_ref: reference,
  });

  async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name, external_ref: reference } = created.parse(JSON.parse(await text(request))).data;
    const fault = !isHealthy && random() < faultShare ? faults[Math.floor(random() * faults.length)] : undefined;
    const id = crypto.randomUUID();
    if (fault === undefined || fault.isCreated) {
      idsByName.set(name, [...(idsByName.get(name) ?? []), id]);
      byReference.set(reference, { id, name });
    }
    if (fault === undefined) return void reply(response, 201, { data: document(id, name, reference) });
    faulty += 1;
    if (fault.status === null) request.socket.destroy();
    else reply(response, fault.status, { errors: [{ status: fault.status, title: "Fault" }] });
  }

  function find(url: URL, response: ServerResponse): void {
    const [, reference = ""] = /^eq\(external_ref,"(.*)"\)$/.exec(url.searchParams.get("filter") ?? "") ?? [];
    const found = byReference.get(reference);
    const data = found === undefined ? [] : [document(found.id, found.name, reference)];
    reply(response, 200, { data, meta: { results: { total: data.length } } });
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://vendor.test");
    if (request.method === "GET") find(url, response);
    else create(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    idsOf: (name: string): readonly string[] => idsByName.get(name) ?? [],
    /** The names that more than one account has. */
    twice: () => [...idsByName].filter(([, ids]) => ids.length > 1).map(([name]) => name),
    /** From now on no create fails. */
    heal: () => void (isHealthy = true),
    faulty: () => faulty,
    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
    },
  };
}
