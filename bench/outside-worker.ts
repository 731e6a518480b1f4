/** The baselines for the gateway, and the vendor that the gateway and the baselines call. */

/** The minimum: forwards the request to the vendor, and returns its response. */
const bare = {
  fetch: (request: Request, { VENDOR_ORIGIN: origin }: { VENDOR_ORIGIN: string }) =>
    fetch(new Request(`${origin}/v2/accounts`, request)),
};

/**
 * Has the same input and output as the gateway, but does not translate or check. It parses and writes both bodies, gives the
 * vendor a deadline, and logs a line.
 */
export const reading = {
  async fetch(request: Request, { VENDOR_ORIGIN: origin }: { VENDOR_ORIGIN: string }): Promise<Response> {
    const beganMs = Date.now();
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 10_000);
    const answer = await fetch(`${origin}/v2/accounts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(await request.json()),
      signal: controller.signal,
    });
    const body = await answer.json();
    clearTimeout(timer);
    console.log(JSON.stringify({ method: request.method, status: answer.status, duration_ms: Date.now() - beganMs }));
    return Response.json(body, { status: answer.status });
  },
};

/** A vendor that answers immediately. Below `/chunks`, it does not state the length of the answer. */
export const vendor = {
  async fetch(request: Request): Promise<Response> {
    const { data } = await request.json<{ data: object }>();
    const id = crypto.randomUUID();
    const created_at = new Date().toISOString();
    const meta = { timestamps: { created_at, updated_at: created_at } };
    const links = { self: `https://useast.api.elasticpath.com/v2/accounts/${id}` };
    const answer = Response.json(
      { data: { ...data, id, meta, relationships: { ancestors: [] }, links } },
      { status: 201 },
    );
    if (!new URL(request.url).pathname.startsWith("/chunks/")) return answer;
    const { readable, writable } = new TransformStream();
    void answer.body?.pipeTo(writable);
    return new Response(readable, answer);
  },
};

export default bare;
