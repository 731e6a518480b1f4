// Requests to `*.sandbox.test` go to the sandbox if it is bound; all others go to the network.
import { expect, inject, test } from "vitest";
import {
  countsOf,
  createWith,
  shortTimeoutMs,
  silenceLog,
  newMarker,
  longTimeoutMs,
  variablesOf,
} from "../../support/workerd/network-gateway.ts";

const vendor = inject("tcpVendor");

silenceLog();

function sandboxOf(answer: () => Response | Promise<Response>) {
  const requests: string[] = [];
  const fetch = (request: Request) => {
    requests.push(`${request.method} ${request.url}`);
    return Promise.resolve(answer());
  };
  return { requests, SANDBOX: { fetch } };
}

const document = () =>
  Response.json({ id: "7", name: "Acme", access_token: "a-token-of-the-sandbox" }, { status: 201 });

test("a connection to `*.sandbox.test` sends creates and token requests to the sandbox", async () => {
  const { requests, SANDBOX } = sandboxOf(document);
  const variables = variablesOf({
    kind: "garmat, client credentials",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "https://login.sandbox.test/token",
    timeoutMs: longTimeoutMs,
  });
  expect(await createWith({ ...variables, SANDBOX })).toMatchObject({ status: 201, id: "7" });
  expect(requests).toEqual(["POST https://login.sandbox.test/token", "POST https://garmat.sandbox.test/api/accounts"]);
});

test("a connection to any other host uses the network, even if a sandbox is bound", async () => {
  const marker = newMarker();
  const { requests, SANDBOX } = sandboxOf(document);
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: `${vendor.origin}/created/${marker}/x.sandbox.test`,
    tokenUrl: "",
    timeoutMs: longTimeoutMs,
  });
  expect(await createWith({ ...variables, SANDBOX })).toMatchObject({ status: 201, id: "42" });
  expect(requests).toEqual([]);
  expect(await countsOf(marker)).toEqual({ [`POST /created/${marker}/x.sandbox.test/api/accounts`]: 1 });
});

test.each(["https://sandbox.test", "https://notsandbox.test", "https://x.sandbox.test.localhost"])(
  "a connection to %s does not use the sandbox",
  async (baseUrl) => {
    const { requests, SANDBOX } = sandboxOf(document);
    const variables = variablesOf({ kind: "garmat, raw key", baseUrl, tokenUrl: "", timeoutMs: shortTimeoutMs });
    const { problem } = await createWith({ ...variables, SANDBOX });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
    expect(requests).toEqual([]);
  },
);

test("without a binding, `*.sandbox.test` is an ordinary host", async () => {
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "",
    timeoutMs: shortTimeoutMs,
  });
  expect((await createWith(variables)).problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
});

test.each<[string, () => Response | Promise<Response>]>([
  ["fails", () => Promise.reject(new Error("The sandbox failed"))],
  ["never answers", () => new Promise(() => {})],
  ["stalls inside its body", () => new Response(new ReadableStream(), { status: 201 })],
])("a sandbox that %s leaves the outcome unknown", async (_, answer) => {
  const { requests, SANDBOX } = sandboxOf(answer);
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "",
    timeoutMs: shortTimeoutMs,
  });
  const { problem } = await createWith({ ...variables, SANDBOX });
  expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
  expect(requests).toHaveLength(1);
});
