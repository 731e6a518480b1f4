// A vendor over real TCP, in Node, that simulates network failures and counts requests. The first segment of a path is
// the behaviour, with an optional argument: `/stall-before-headers/…`, `/status:503/…`. The rest distinguishes tests.
// If the path ends in `token`, the vendor answers with a token instead of an account. For `/scripted/…`, see scripted-vendor.ts.
import { codeFromName } from "../../adapters/engine/field-defaults.ts";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { authBehaviours } from "./auth-behaviours.ts";
import { createScriptedVendor } from "./scripted-vendor.ts";

export interface TcpVendor {
  /** The origin of the behaviours. `/__counts` answers `{"POST /created/…": 1}`, and `/__release/held/…` releases `/held/…`. */
  readonly origin: string;
  /** A second port with the same behaviours and counts. `/redirect/…` redirects to its `/created/redirected/…`. */
  readonly otherOrigin: string;
  /** A port without a listener. */
  readonly refusedOrigin: string;
  readonly close: () => Promise<void>;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** `""` until the vendor has read it. */
  readonly body: string;
  /** The text after the colon. */
  readonly argument: string | undefined;
  /** The number of requests with this method and path, including this request. */
  readonly count: number;
  readonly otherOrigin: string;
  /** Emits a path when it is released. */
  readonly releases: EventEmitter;
}

type Behaviour = (call: Call) => unknown;

const JSON_TYPE = { "content-type": "application/json" };
/** One reply that several vendors' adapters can read as an account. */
export const ACCOUNT = {
  id: "42",
  name: "Acme",
  data: { id: "42", name: "Acme", attributes: { name: "Acme", code: codeFromName("Acme") } },
};
const HUGE_BODY_BYTES = 8 * 1024 * 1024;

const document = ({ path, count }: Call) =>
  JSON.stringify(path.endsWith("token") ? { access_token: `token-${count}`, expires_in: 3600 } : ACCOUNT);
const status = ({ argument }: Call, defaultStatus = 201) => (argument === undefined ? defaultStatus : Number(argument));

const created: Behaviour = (call) => call.response.writeHead(status(call), JSON_TYPE).end(document(call));

/** Sends the complete document. Only the framing shows that bytes are missing. */
const partial: Behaviour = (call) => {
  const body = document(call);
  call.response.writeHead(status(call), { ...JSON_TYPE, "content-length": body.length + 1 }).write(body);
};
const openChunks: Behaviour = (call) => call.response.writeHead(status(call), JSON_TYPE).write(document(call));
const gzipped = (call: Call, body: Buffer) =>
  call.response.writeHead(status(call), { ...JSON_TYPE, "content-encoding": "gzip" }).end(body);

/** These behaviours act before the vendor reads the body. All other behaviours act after it. */
const onHead: Record<string, Behaviour> = {
  "reset-before-body": ({ request }) => request.socket.resetAndDestroy(),
};

const onBody: Record<string, Behaviour> = {
  "reset-after-body": ({ request }) => request.socket.resetAndDestroy(),
  "closed-without-answer": ({ request }) => request.socket.end(),
  "stall-before-headers": () => undefined,
  "stall-inside-body": partial,
  "stall-inside-chunks": openChunks,
  "truncated-body": (call) => (partial(call), call.request.socket.end()),
  "truncated-chunks": (call) => (openChunks(call), call.request.socket.end()),
  "garbage-bytes": ({ request }) => request.socket.end("\u0000\u0001 this is not HTTP\r\n\r\n"),
  "garbage-body": (call) => call.response.writeHead(status(call), JSON_TYPE).end('{"data": {"id": <html>'),
  "garbage-gzip": (call) => gzipped(call, Buffer.from(document(call))),
  "huge-body": (call) =>
    call.response.writeHead(status(call), JSON_TYPE).end(`{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`),
  /** The client must follow the chunks, not the declared length (RFC 9112 §6.3). */
  "huge-chunk": (call) => {
    const head = `HTTP/1.1 ${status(call)} Created\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`;
    const body = `{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`;
    call.request.socket.end(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  },
  "huge-gzip": (call) => gzipped(call, gzipSync(`{"id":"${"4".repeat(HUGE_BODY_BYTES)}"}`)),
  "endless-body": (call) => {
    const more = () => {
      while (!call.response.destroyed && call.response.write(" ".repeat(65_536)));
    };
    call.response.writeHead(status(call), JSON_TYPE).on("drain", more);
    more();
  },
  /** Sends exactly these bytes, given in base64url, and closes the connection. */
  bytes: ({ request, argument = "" }) => request.socket.end(Buffer.from(argument, "base64url")),
  status: (call) => call.response.writeHead(status(call), JSON_TYPE).end("{}"),
  /** Answers 401 to the first request. After it, behaves as the argument says. */
  "unauthorized-once": (call) => {
    const { argument = "created", count, response } = call;
    if (count === 1) response.writeHead(401, JSON_TYPE).end("{}");
    else onBody[argument]?.({ ...call, argument: undefined });
  },
  redirect: (call) => {
    const location = `${call.otherOrigin}/created/redirected${call.path}`;
    call.response.writeHead(status(call, 307), { location }).end();
  },
  /** Resets the connection without notice once it is idle. */
  "created-then-reset": (call) => {
    call.response.once("finish", () => setTimeout(() => call.request.socket.resetAndDestroy(), 5));
    created(call);
  },
  held: async (call) => {
    await once(call.releases, call.path);
    created(call);
  },
  created,
  ...authBehaviours,
};

export async function startTcpVendor(): Promise<TcpVendor> {
  const counts: Record<string, number> = {};
  const releases = new EventEmitter();
  const playScript = createScriptedVendor();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (await playScript(request, response)) return;
    if (path === "/__counts") return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(counts));
    if (path.startsWith("/__release/")) {
      releases.emit(path.slice("/__release".length));
      return void response.writeHead(204).end();
    }
    const key = `${request.method} ${path}`;
    const count = (counts[key] = (counts[key] ?? 0) + 1);
    const [behaviour = "", argument] = decodeURIComponent(path.split("/")[1] ?? "").split(":");
    const call = { request, response, path, body: "", argument, count, otherOrigin: origin(other), releases };
    const [actNow, act] = [onHead[behaviour], onBody[behaviour]];
    if (actNow) return void actNow(call);
    const body = await text(request);
    if (act) await act({ ...call, body });
    else response.writeHead(404, JSON_TYPE).end("{}");
  }

  // Ignore clients that disconnect while they send the body.
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
