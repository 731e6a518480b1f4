/**
 * A slow vendor with Elastic Path's API. It stores nothing. If a name or the filter of a read contains `status:403`, the vendor
 * answers with that status.
 */
const answerMs = 20;
/** The time of a failed read: a failing vendor is often slow. */
const failedReadMs = 1000;

/** The Worker and the ledger each use one token. A third token revokes the oldest one. */
const maxLiveTokens = 2;
let liveTokens: string[] = [];

const failed = (status: number): Response =>
  Response.json({ errors: [{ status: String(status), title: "Error on request" }] }, { status });

function statusIn(text: string): number | undefined {
  const [, status] = /status:(\d{3})/.exec(text) ?? [];
  return status === undefined ? undefined : Number(status);
}

async function create(request: Request): Promise<Response> {
  const { data } = await request.json<{ data: { name: string } }>();
  const status = statusIn(data.name);
  if (status !== undefined) return failed(status);
  return Response.json({ data: { ...data, id: crypto.randomUUID() } }, { status: 201 });
}

async function find(filter: string): Promise<Response> {
  const status = statusIn(filter);
  if (status === undefined) return Response.json({ data: [], meta: { results: { total: 0 } } });
  await scheduler.wait(failedReadMs);
  return failed(status);
}

export const vendor = {
  async fetch(request: Request): Promise<Response> {
    await scheduler.wait(answerMs);
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/oauth/access_token") {
      const token = crypto.randomUUID();
      liveTokens = [token, ...liveTokens].slice(0, maxLiveTokens);
      return Response.json({ access_token: token, token_type: "Bearer", expires_in: 3600 });
    }
    const credential = request.headers.get("Authorization");
    if (!liveTokens.some((token) => credential === `Bearer ${token}`)) return failed(401);
    return request.method === "GET" ? find(searchParams.get("filter") ?? "") : create(request);
  },
};
