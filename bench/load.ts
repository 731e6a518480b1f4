/** Sends creates over several connections. Each connection sends the next create as soon as the previous one is answered. */
import { Pool } from "undici";
import { connection as usualConnection, headers } from "./create-request.ts";

export interface Load {
  origin: string;
  body: object;
  connections: number;
  /** Sends a new idempotency key with each create. */
  isKeyed: boolean;
  /** The id of the gateway's connection. Default: the usual one. */
  connection?: string;
  durationMs: number;
}

/** Returns how many creates succeeded, the rate, and the latencies. Throws if a create fails. */
export async function create(load: Load) {
  const { origin, body, connections, isKeyed, connection = usualConnection, durationMs } = load;
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const text = JSON.stringify(body);
  const latenciesMs: number[] = [];
  const beganMs = performance.now();
  const work = async () => {
    while (performance.now() - beganMs < durationMs) {
      const sentMs = performance.now();
      const response = await pool.request({
        method: "POST",
        path: "/v1/accounts",
        headers: {
          ...headers,
          "gateway-connection": connection,
          ...(isKeyed ? { "idempotency-key": crypto.randomUUID() } : {}),
        },
        body: text,
      });
      const answer = await response.body.text();
      if (response.statusCode !== 201) throw new Error(`${origin} answered ${response.statusCode}: ${answer}`);
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const tookMs = performance.now() - beganMs;
  await pool.close();
  const created = latenciesMs.length;
  return { created, perSecond: (created * 1000) / tookMs, latenciesMs };
}
