// A vendor over real TCP, run in Node, that fails the way networks do. The first segment of a request's path names
// the behaviour, with an argument after a colon where it takes one; the rest tells tests apart, so
// `/stall-before-headers/anything/…` or `/status:503/anything/…`. A path that ends in `token` is answered with a token
// wherever others are answered with an account. Every request is counted.
import { codeFromName } from "../../../adapters/engine/field-defaults.ts";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

export interface TcpVendor {
  /** Where the behaviours live; `/__counts` answers `{"POST /created/…": 1}`, `/__release/held/…` lets `/held/…` go on. */
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
  /** What stands behind the behaviour's colon. */
  readonly argument: string | undefined;
  /** How often this method and path were asked for, this time included. */
  readonly count: number;
  readonly otherOrigin: string;
  /** Emits a path when it is released. */
  readonly releases: EventEmitter;
}

type Behaviour = (exchange: Exchange) => unknown;

const JSON_TYPE = { "content-type": "application/json" };
/** An account in each vendor's shape at once. */
export const ACCOUNT = {
  id: "42",
  name: "Acme",
  data: { id: "42", name: "Acme", attributes: { name: "Acme", code: codeFromName("Acme") } },
};
const HUGE_BODY_BYTES = 8 * 1024 * 1024;

const document = ({ path, count }: Exchange) =>
  JSON.stringify(path.endsWith("token") ? { access_token: `token-${count}`, expires_in: 3600 } : ACCOUNT);
const status = ({ argument }: Exchange, otherwise = 201) => (argument === undefined ? otherwise : Number(argument));

const created: Behaviour = (exchange) =>
  exchange.response.writeHead(status(exchange), JSON_TYPE).end(document(exchange));

/** The whole document, so that only the framing tells that something is missing. */
const partial: Behaviour = (exchange) => {
  const body = document(exchange);
  exchange.response.writeHead(status(exchange), { ...JSON_TYPE, "content-length": body.length + 1 }).write(body);
};
const openChunks: Behaviour = (exchange) =>
  exchange.response.writeHead(status(exchange), JSON_TYPE).write(document(exchange));
const gzipped = (exchange: Exchange, body: Buffer) =>
  exchange.response.writeHead(status(exchange), { ...JSON_TYPE, "content-encoding": "gzip" }).end(body);

/** These act on the head alone, with the body unread; all others once it was read to its end. */
const onHead: Record<string, Behaviour> = {
  "reset-before-body": ({ request }) => request.socket.resetAndDestroy(),
};

const onBody: Record<string, Behaviour> = {
  "reset-after-body": ({ request }) => request.socket.resetAndDestroy(),
  "closed-without-answer": ({ request }) => request.socket.end(),
  "stall-before-headers": () => undefined,
  "stall-inside-body": partial,
  "stall-inside-chunks": openChunks,
  "truncated-body": (exchange) => (partial(exchange), exchange.request.socket.end()),
  "truncated-chunks": (exchange) => (openChunks(exchange), exchange.request.socket.end()),
  "garbage-bytes": ({ request }) => request.socket.end("\u0000\u0001 this is not HTTP\r\n\r\n"),
  "garbage-body": (exchange) => exchange.response.writeHead(status(exchange), JSON_TYPE).end('{"data": {"id": <html>'),
  "garbage-gzip": (exchange) => gzipped(exchange, Buffer.from(document(exchange))),
  "huge-body": (exchange) =>
    exchange.response.writeHead(status(exchange), JSON_TYPE).end(`{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`),
  /** The chunks are what counts (RFC 9112 §6.3), whatever length is told beside them. */
  "huge-chunk": (exchange) => {
    const head = `HTTP/1.1 ${status(exchange)} Created\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`;
    const body = `{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`;
    exchange.request.socket.end(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  },
  "huge-gzip": (exchange) => gzipped(exchange, gzipSync(`{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`)),
  "endless-body": (exchange) => {
    const more = () => {
      while (!exchange.response.destroyed && exchange.response.write(" ".repeat(65_536)));
    };
    exchange.response.writeHead(status(exchange), JSON_TYPE).on("drain", more);
    more();
  },
  /** Exactly these bytes, in base64url, and the connection's end. */
  bytes: ({ request, argument = "" }) => request.socket.end(Buffer.from(argument, "base64url")),
  status: (exchange) => exchange.response.writeHead(status(exchange), JSON_TYPE).end("{}"),
  /** Then as the argument says. */
  "unauthorized-once": (exchange) => {
    const { argument = "created", count, response } = exchange;
    if (count === 1) response.writeHead(401, JSON_TYPE).end("{}");
    else onBody[argument]?.({ ...exchange, argument: undefined });
  },
  redirect: (exchange) => {
    const location = `${exchange.otherOrigin}/created/redirected${exchange.path}`;
    exchange.response.writeHead(status(exchange, 307), { location }).end();
  },
  /** The connection breaks when it has fallen idle, without a word that it would. */
  "created-then-reset": (exchange) => {
    exchange.response.once("finish", () => setTimeout(() => exchange.request.socket.resetAndDestroy(), 5));
    created(exchange);
  },
  held: async (exchange) => {
    await once(exchange.releases, exchange.path);
    created(exchange);
  },
  created,
};

export async function startTcpVendor(): Promise<TcpVendor> {
  const counts: Record<string, number> = {};
  const releases = new EventEmitter();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (path === "/__counts") return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(counts));
    if (path.startsWith("/__release/")) {
      releases.emit(path.slice("/__release".length));
      return void response.writeHead(204).end();
    }
    const key = `${request.method} ${path}`;
    const count = (counts[key] = (counts[key] ?? 0) + 1);
    const [behaviour = "", argument] = decodeURIComponent(path.split("/")[1] ?? "").split(":");
    const exchange = { request, response, path, argument, count, otherOrigin: origin(other), releases };
    const [actNow, act] = [onHead[behaviour], onBody[behaviour]];
    if (actNow) return void actNow(exchange);
    await buffer(request);
    if (act) await act(exchange);
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
