/**
 * A vendor that speaks as Elastic Path does and takes its time. It keeps one token live, stores nothing, and answers with
 * any status that a request asks for: `status:403` in a name or in the filter of a read.
 */
const answerMs = 20;
/** A vendor in trouble does not fail at once. */
const failedReadMs = 1000;

let liveToken = "";

const failed = (status: number): Response =>
  Response.json({ errors: [{ status: String(status), title: "Refused on request" }] }, { status });

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
      liveToken = crypto.randomUUID();
      return Response.json({ access_token: liveToken, token_type: "Bearer", expires_in: 3600 });
    }
    if (request.headers.get("Authorization") !== `Bearer ${liveToken}`) return failed(401);
    return request.method === "GET" ? find(searchParams.get("filter") ?? "") : create(request);
  },
};
