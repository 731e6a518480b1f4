// Which requests go to the sandbox that is bound, and which to the network.
import { expect, inject, test } from "vitest";
import { countsOf, createWith, hastyMs, withoutLog, newMarker, patientMs, variablesOf } from "./gateway.ts";

const vendor = inject("tcpVendor");

withoutLog();

function sandboxOf(answer: () => Response | Promise<Response>) {
  const asked: string[] = [];
  const fetch = (request: Request) => {
    asked.push(`${request.method} ${request.url}`);
    return Promise.resolve(answer());
  };
  return { asked, SANDBOX: { fetch } };
}

const document = () =>
  Response.json({ id: "7", name: "Acme", access_token: "a-token-of-the-sandbox" }, { status: 201 });

test("a connection to `*.sandbox.test` reaches the sandbox, token and all", async () => {
  const { asked, SANDBOX } = sandboxOf(document);
  const variables = variablesOf({
    kind: "garmat, client credentials",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "https://login.sandbox.test/token",
    timeoutMs: patientMs,
  });
  expect(await createWith({ ...variables, SANDBOX })).toMatchObject({ status: 201, id: "7" });
  expect(asked).toEqual(["POST https://login.sandbox.test/token", "POST https://garmat.sandbox.test/api/accounts"]);
});

test("any other host reaches the network, sandbox or none", async () => {
  const marker = newMarker();
  const { asked, SANDBOX } = sandboxOf(document);
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: `${vendor.origin}/created/${marker}/x.sandbox.test`,
    tokenUrl: "",
    timeoutMs: patientMs,
  });
  expect(await createWith({ ...variables, SANDBOX })).toMatchObject({ status: 201, id: "42" });
  expect(asked).toEqual([]);
  expect(await countsOf(marker)).toEqual({ [`POST /created/${marker}/x.sandbox.test/api/accounts`]: 1 });
});

test.each(["https://sandbox.test", "https://notsandbox.test", "https://x.sandbox.test.localhost"])(
  "%s is not the sandbox",
  async (baseUrl) => {
    const { asked, SANDBOX } = sandboxOf(document);
    const variables = variablesOf({ kind: "garmat, raw key", baseUrl, tokenUrl: "", timeoutMs: hastyMs });
    const { problem } = await createWith({ ...variables, SANDBOX });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
    expect(asked).toEqual([]);
  },
);

test("without a binding, `*.sandbox.test` is a host like any other", async () => {
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "",
    timeoutMs: hastyMs,
  });
  expect((await createWith(variables)).problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
});

test.each<[string, () => Response | Promise<Response>]>([
  ["fails", () => Promise.reject(new Error("The sandbox fell over"))],
  ["never answers", () => new Promise(() => {})],
  ["stalls inside its body", () => new Response(new ReadableStream(), { status: 201 })],
])("a sandbox that %s leaves the outcome unknown", async (_, answer) => {
  const { asked, SANDBOX } = sandboxOf(answer);
  const variables = variablesOf({
    kind: "garmat, raw key",
    baseUrl: "https://garmat.sandbox.test",
    tokenUrl: "",
    timeoutMs: hastyMs,
  });
  const { problem } = await createWith({ ...variables, SANDBOX });
  expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
  expect(asked).toHaveLength(1);
});
