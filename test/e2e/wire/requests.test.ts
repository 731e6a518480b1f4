// Request smuggling: the tests send raw bytes over TCP to the gateway in plain workerd. Two servers could read these
// bytes as different requests. No hidden request creates an account.
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startWorkerd } from "../../../bench/workerd.ts";
import { digests } from "../../support/gateway-keys.ts";
import { startTcpVendor, type TcpVendor } from "../../support/tcp-vendor.ts";

const folder = mkdtempSync(join(tmpdir(), "account-gateway-wire-"));
let vendor: TcpVendor;
let gateway: Running<"gateway">;

beforeAll(async () => {
  vendor = await startTcpVendor();
  const bundle = join(folder, "gateway.js");
  const entryPoints = ["src/index.ts"];
  buildSync({ entryPoints, bundle: true, format: "esm", external: ["cloudflare:workers"], outfile: bundle });
  const variables = {
    VENDOR_SECRET: "a-secret-0123456789",
    CONNECTION_WIRE: {
      id: "wire",
      vendor: "garmat",
      base_url: `${vendor.origin}/created`,
      auth: { type: "api_key", api_key: { secret: "VENDOR_SECRET" } },
      require_key: false,
    },
    KEY_DEMO: {
      name: "demo",
      sha256: [digests["demo-key"]],
      connections: ["*"],
    },
  };
  const worker = { name: "gateway", bundle, ledger: "Ledger", variables, sockets: { gateway: undefined } };
  gateway = await startWorkerd({ folder, workers: [worker] });
  // Long enough for a busy machine.
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The statuses of all answers to these bytes, until the connection closes. */
function statusesOf(bytes: string): Promise<number[]> {
  const { hostname, port } = new URL(gateway.origins.gateway);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk) => (received += String(chunk)));
  socket.end(bytes, "latin1");
  return new Promise((resolve) => {
    // The gateway may close before it has read everything.
    socket.on("error", () => {});
    socket.on("close", () =>
      resolve([...received.matchAll(/HTTP\/1\.\d (\d{3})/g)].map(([, status]) => Number(status))),
    );
  });
}

async function accounts(): Promise<number> {
  const counts: Record<string, number> = await (await fetch(`${vendor.origin}/__counts`)).json();
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

const body = '{"name":"Acme"}';
const usual = ["Host: gateway.test", "Authorization: Bearer demo-key", "Content-Type: application/json"];
const length = `Content-Length: ${body.length}`;
/** A create with these headers in addition to the usual ones, and this body. */
const post = (headers: string[], content = body) =>
  `POST /v1/accounts HTTP/1.1\r\n${[...usual, ...headers].join("\r\n")}\r\n\r\n${content}`;
const hidden = post([length]);
const chunks = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

test.each<[what: string, bytes: string, statuses: number[], accounts: number]>([
  ["one request", post([length]), [201], 1],
  ["two requests in a row", hidden + hidden, [201, 201], 2],
  ["chunked", post(["Transfer-Encoding: chunked"], chunks(body)), [201], 1],
  ["two lengths that differ", post([length, "Content-Length: 0"], body + hidden), [400], 0],
  ["two lengths that differ, in the other order", post(["Content-Length: 0", length], body + hidden), [400], 0],
  // Every server reads these as two requests.
  ["two equal lengths", post([length, length], body + hidden), [201, 201], 2],
  ["a list of lengths", post([`Content-Length: ${body.length}, ${body.length}`]), [400], 0],
  ["a length with a sign", post([`Content-Length: +${body.length}`]), [400], 0],
  ["a length in hex", post([`Content-Length: 0x${body.length.toString(16)}`]), [400], 0],
  ["a negative length", post(["Content-Length: -1"]), [400], 0],
  ["a length above the largest integer", post(["Content-Length: 99999999999999999999999"]), [400], 0],
  ["a length and chunks", post([length, "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`), [400], 0],
  ["chunks and a length", post(["Transfer-Encoding: chunked", "Content-Length: 4"], chunks(body) + hidden), [201], 1],
  [
    "a large body in chunks, and a small length",
    post(["Transfer-Encoding: chunked", "Content-Length: 4"], chunks(`{"name":"${"x".repeat(70_000)}"}`)),
    [413],
    0,
  ],
  [
    "chunks twice",
    post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], chunks(body) + hidden),
    [201, 201],
    2,
  ],
  ["an unknown transfer encoding", post([length, "Transfer-Encoding: xchunked"], body), [400], 0],
  ["chunks within identity", post([length, "Transfer-Encoding: chunked, identity"], body), [400], 0],
  ["a space before the colon", post([length, "Transfer-Encoding : chunked"], `0\r\n\r\n${hidden}`), [400], 0],
  ["a tab before chunked", post([length, "Transfer-Encoding:\tchunked"], `0\r\n\r\n${hidden}`), [400], 0],
  ["a folded line", post([length, "Transfer-Encoding:\r\n chunked"], `0\r\n\r\n${hidden}`), [400], 0],
  ["a vertical tab", post([length, "Transfer-Encoding: \u000bchunked"], `0\r\n\r\n${hidden}`), [400], 0],
  ["a NUL in a header", post([length, "Prefer: \u0000respond-async"]), [400], 0],
  ["a carriage return in a header", post([length, "Prefer: a\rTransfer-Encoding: chunked"]), [400], 0],
  ["bare line feeds", post([length]).replaceAll("\r\n", "\n"), [201], 1],
  ["a line that is not a header", post([length, "nonsense"]), [400], 0],
  ["a header without a name", post([length, ": value"]), [400], 0],
  [
    "an oversized chunk length",
    post(["Transfer-Encoding: chunked"], `ffffffffffffffffff\r\n${body}\r\n0\r\n\r\n`),
    [400],
    0,
  ],
  ["a chunk without its end", post(["Transfer-Encoding: chunked"], `${body.length.toString(16)}\r\n${body}`), [400], 0],
  [
    "a trailer with a key",
    post(["Transfer-Encoding: chunked", "Trailer: X"], `${chunks(body).slice(0, -2)}X: y\r\n\r\n`),
    [201],
    1,
  ],
  ["an incomplete body", post([`Content-Length: ${body.length + 1}`]), [400], 0],
  ["two gateway keys", post([length, "Authorization: Bearer other-key"]), [401], 0],
  ["two connections", post([length, "Gateway-Connection: wire", "Gateway-Connection: other"]), [404], 0],
  ["two types", post([length, "Content-Type: text/plain"]), [415], 0],
  ["two bare idempotency keys", post([length, "Idempotency-Key: a", "Idempotency-Key: b"]), [400], 0],
  ["two quoted idempotency keys", post([length, 'Idempotency-Key: "a"', 'Idempotency-Key: "b"']), [400], 0],
  ["an idempotency key of 64 KiB", post([length, `Idempotency-Key: ${"x".repeat(65_536)}`]), [400], 0],
  ["a header of 1 MiB", post([length, `X: ${"x".repeat(1_048_576)}`]), [431], 0],
  ["10 000 headers", post([length, ...Array.from({ length: 10_000 }, (_, index) => `X-${index}: x`)]), [201], 1],
  ["no host", post([length]).replace(/Host: .*\r\n/, ""), [400], 0],
  ["two hosts", post([length, "Host: evil.example"]), [201], 1],
  ["an absolute URL as the target", post([length]).replace("/v1/", "https://evil.example/v1/"), [201], 1],
  ["a line break in the target", post([length]).replace("/v1/accounts", "/healthz\r\nX: y"), [400], 0],
  ["dots in the target", post([length]).replace("/v1/", "/v1/../healthz/%2e%2e/v1/"), [404], 0],
  ["HTTP/1.0", post([length]).replace("HTTP/1.1", "HTTP/1.0"), [201], 1],
  ["HTTP/0.9", "GET /healthz\r\n\r\n", [400], 0],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [], 0],
  [
    "an upgrade",
    post([length, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]),
    [201],
    1,
  ],
  [
    "a web socket",
    "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    [200],
    0,
  ],
  ["a method in small letters", post([length]).replace("POST", "post"), [501], 0],
  ["another method by header", post([length, "X-HTTP-Method-Override: DELETE"]), [201], 1],
  ["TRACE", `TRACE /v1/accounts HTTP/1.1\r\n${usual.join("\r\n")}\r\n\r\n`, [405], 0],
  ["bytes that are not a request", "\u0000\u0001\u00ff\r\n\r\n", [400], 0],
  ...["[", "a b", "%zz", "::", "gateway.test:99999"].flatMap((host): [string, string, number[], number][] => {
    const withHost = post([length]).replace("gateway.test", host);
    return [
      [`an invalid Host: ${host}`, withHost, [201], 1],
      [`an invalid Host and an invalid key: ${host}`, withHost.replace("demo-key", "none"), [401], 0],
    ];
  }),
])("%s", async (_, bytes, statuses, expected) => {
  const before = await accounts();
  expect(await statusesOf(bytes)).toEqual(statuses);
  expect((await accounts()) - before).toBe(expected);
});
