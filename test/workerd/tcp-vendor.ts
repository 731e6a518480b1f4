// A vendor over real TCP, run in Node, that fails the way networks do. The first segment of a request's path names
// the behaviour; the rest tells tests apart, so `/stall-before-headers/anything/…`. Every request is counted.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface TcpVendor {
  /** Where the behaviours live; `/__counts` answers `{"POST /created/…": 1}`. */
  readonly origin: string;
  /** A second port with the same behaviours and counts: where `/redirect/…` leads, as `/created/redirected/…`. */
  readonly otherOrigin: string;
  /** A port that nobody listens on. */
  readonly refusedOrigin: string;
  readonly close: () => Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** How often this method and path were asked for, this time included. */
  readonly count: number;
  readonly otherOrigin: string;
}

const JSON_TYPE = { "content-type": "application/json" };
const ACCOUNT = JSON.stringify({ id: "42", data: { id: "42", type: "account", attributes: { name: "Acme" } } });
const HUGE_BODY_BYTES = 8 * 1024 * 1024;

const created = ({ response }: Exchange) => response.writeHead(201, JSON_TYPE).end(ACCOUNT);
const partial = ({ response }: Exchange) =>
  response.writeHead(201, { ...JSON_TYPE, "content-length": 1000 }).write(ACCOUNT.slice(0, 20));

/** These act on the head alone, with the body unread; all others once it was read to its end. */
const onHead: Record<string, (exchange: Exchange) => unknown> = {
  "reset-before-body": ({ request }) => request.socket.resetAndDestroy(),
};

const onBody: Record<string, (exchange: Exchange) => unknown> = {
  "reset-after-body": ({ request }) => request.socket.resetAndDestroy(),
  "stall-before-headers": () => undefined,
  "stall-inside-body": partial,
  "truncated-body": (exchange) => (partial(exchange), exchange.request.socket.end()),
  "garbage-bytes": ({ request }) => request.socket.end("\u0000\u0001 this is not HTTP\r\n\r\n"),
  "garbage-body": ({ response }) => response.writeHead(201, JSON_TYPE).end('{"data": {"id": <html>'),
  "huge-body": ({ response }) => response.writeHead(201, JSON_TYPE).end(`{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`),
  "unauthorized-once": (exchange) =>
    exchange.count > 1 ? created(exchange) : exchange.response.writeHead(401, JSON_TYPE).end("{}"),
  redirect: ({ response, path, otherOrigin }) =>
    response.writeHead(307, { location: `${otherOrigin}/created/redirected${path}` }).end(),
  created,
};

export async function startTcpVendor(): Promise<TcpVendor> {
  const counts: Record<string, number> = {};

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (path === "/__counts") return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(counts));
    const key = `${request.method} ${path}`;
    const count = (counts[key] = (counts[key] ?? 0) + 1);
    const behaviour = path.split("/")[1] ?? "";
    const exchange = { request, response, path, count, otherOrigin: origin(other) };
    const [actNow, act] = [onHead[behaviour], onBody[behaviour]];
    if (actNow) return void actNow(exchange);
    await buffer(request);
    if (act) act(exchange);
    else response.writeHead(404, JSON_TYPE).end("{}");
  }

  // A client that gives up inside its body is no event here.
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch(() => {});
  const [main, other, refused] = await Promise.all([listen(listener), listen(listener), listen(listener)]);
  const addresses = { origin: origin(main), otherOrigin: origin(other), refusedOrigin: origin(refused) };
  await stop(refused);
  return { ...addresses, close: async () => void (await Promise.all([stop(main), stop(other)])) };
}

function listen(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function origin(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
