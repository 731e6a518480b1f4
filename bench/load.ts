/** Sends creates over several connections. Each connection sends the next create as soon as the previous one is answered. */
import { Pool } from "undici";
import { headers } from "./create-request.ts";

export interface Load {
  origin: string;
  body: object;
  connections: number;
  /** Sends a new idempotency key with each create. */
  isKeyed: boolean;
  durationMs: number;
}

/** Returns how many creates succeeded, the rate, and the latencies. Throws if a create fails. */
export async function create({ origin, body, connections, isKeyed, durationMs }: Load) {
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
        headers: isKeyed ? { ...headers, "idempotency-key": crypto.randomUUID() } : headers,
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
