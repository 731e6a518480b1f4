// Over a real network: if the gateway gets no token, it sends no account and reports `effect: none`.
import { env, exports } from "cloudflare:workers";
import { describe, expect, inject, test, vi } from "vitest";
import {
  countsOf,
  createRequest,
  tokenKinds,
  silenceLog,
  newMarker,
  longTimeoutMs,
  createOnce,
  readAnswer,
  variablesOf,
} from "../../support/workerd/network-gateway.ts";

const vendor = inject("tcpVendor");

silenceLog();

describe.each(tokenKinds)("%s", (kind) => {
  test.each([
    { token: "refused", tokenRequests: 0 },
    { token: "reset-before-body", tokenRequests: 2 },
    { token: "reset-after-body", tokenRequests: 2 },
    { token: "closed-without-answer", tokenRequests: 2 },
    { token: "truncated-body:200", tokenRequests: 1 },
    { token: "truncated-chunks:200", tokenRequests: 1 },
    { token: "garbage-bytes", tokenRequests: 2 },
    { token: "garbage-body:200", tokenRequests: 1 },
    { token: "huge-body:200", tokenRequests: 1 },
    { token: "endless-body:200", tokenRequests: 1 },
    { token: "redirect:307", tokenRequests: 1 },
    { token: "redirect:302", tokenRequests: 1 },
    { token: "status:500", tokenRequests: 2 },
    { token: "truncated-body:401", tokenRequests: 1 },
  ])("token request, $token: nothing is sent", async ({ token, tokenRequests }) => {
    const seen = await createOnce({ kind, token });
    expect(seen.answer.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
    expect(seen).toMatchObject({ creates: 0, tokenRequests });
  });
});

// The timeout of a token request is fixed, so these tests run concurrently.
test.concurrent.each([
  ["garmat, client credentials", "stall-before-headers"],
  ["clarus, client credentials", "stall-inside-body:200"],
  ["elastic_path, client credentials", "stall-inside-chunks:200"],
] as const)(
  "%s: token request, %s: nothing is sent",
  async (kind, token) => {
    const { answer, creates } = await createOnce({ kind, token });
    expect(answer.problem).toMatchObject({
      code: "vendor_unavailable",
      effect: "none",
      retry: "later",
      detail: expect.stringContaining("within 5000 ms"),
    });
    expect(creates).toBe(0);
  },
  10_000,
);

describe("a client that disconnects", () => {
  const marker = newMarker();
  const token = `/held/${marker}/token`;
  const tokenRequests = async () => (await countsOf(marker))[`POST ${token}`] ?? 0;

  /** Two requests wait for the same token, and the first client disconnects. Returns the answer to the second. */
  async function answerToOther(request: (init?: RequestInit) => Request): Promise<Response> {
    // As in a deploy, each request has its own context, which ends when its client disconnects.
    Object.assign(
      env,
      variablesOf({
        kind: "garmat, client credentials",
        baseUrl: `${vendor.origin}/created/${marker}`,
        tokenUrl: `${vendor.origin}${token}`,
        timeoutMs: longTimeoutMs,
      }),
    );
    const before = await tokenRequests();
    const client = new AbortController();
    const disconnected = exports.default.fetch(request({ signal: client.signal })).catch(String);
    await vi.waitUntil(async () => (await tokenRequests()) === before + 1, { timeout: longTimeoutMs });
    const other = exports.default.fetch(request());
    await scheduler.wait(50);
    client.abort();
    expect(await disconnected).toMatch(/AbortError/);
    await fetch(`${vendor.origin}/__release${token}`);
    const response = await other;
    expect(await tokenRequests()).toBe(before + 1);
    return response;
  }

  test("does not fail another create that waits for the same token", async () => {
    const answer = await readAnswer(await answerToOther(createRequest));
    expect(answer).toEqual({ status: 201, id: "42", problem: undefined });
  }, 15_000);

  test("does not fail a check that waits for the same token", async () => {
    const init = { method: "POST", headers: { Authorization: "Bearer demo-key" } };
    const url = "https://gateway.test/v1/connections/tcp/check";
    const response = await answerToOther((options) => new Request(url, { ...init, ...options }));
    expect(await response.json()).toMatchObject({ reachable: true, authorized: true });
  }, 15_000);
});
