// An account that was never sent, because no token was to be had, is told as what it is; over a real network.
import { env, exports } from "cloudflare:workers";
import { describe, expect, inject, test, vi } from "vitest";
import {
  countsOf,
  createRequest,
  exchangingKinds,
  withoutLog,
  newMarker,
  patientMs,
  play,
  readAnswer,
  variablesOf,
} from "./gateway.ts";

const vendor = inject("tcpVendor");

withoutLog();

describe.each(exchangingKinds)("%s", (kind) => {
  test.each([
    { token: "refused", exchanges: 0 },
    { token: "reset-before-body", exchanges: 1 },
    { token: "reset-after-body", exchanges: 1 },
    { token: "closed-without-answer", exchanges: 1 },
    { token: "truncated-body:200", exchanges: 1 },
    { token: "truncated-chunks:200", exchanges: 1 },
    { token: "garbage-bytes", exchanges: 1 },
    { token: "garbage-body:200", exchanges: 1 },
    { token: "huge-body:200", exchanges: 1 },
    { token: "endless-body:200", exchanges: 1 },
    { token: "redirect:307", exchanges: 1 },
    { token: "redirect:302", exchanges: 1 },
    { token: "status:500", exchanges: 2 },
    { token: "truncated-body:401", exchanges: 1 },
  ])("$token for a token: nothing was sent", async ({ token, exchanges }) => {
    const seen = await play({ kind, token });
    expect(seen.answer.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", retry: "later" });
    expect(seen).toMatchObject({ creates: 0, exchanges });
  });
});

// The time a token may take is fixed, so these wait for it together.
test.concurrent.each([
  ["garmat, client credentials", "stall-before-headers"],
  ["clarus, client credentials", "stall-inside-body:200"],
  ["elastic_path, client credentials", "stall-inside-chunks:200"],
] as const)(
  "%s: %s for a token: nothing was sent",
  async (kind, token) => {
    const { answer, creates } = await play({ kind, token });
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

describe("a client that gives up", () => {
  const marker = newMarker();
  const token = `/held/${marker}/token`;
  const exchanges = async () => (await countsOf(marker))[`POST ${token}`] ?? 0;

  /** The answer to the second of two requests that wait for the same token, after the client of the first has gone. */
  async function answerToOther(request: (init?: RequestInit) => Request): Promise<Response> {
    // The Worker as it is deployed, so that every request has a context of its own, which ends with its client.
    Object.assign(
      env,
      variablesOf({
        kind: "garmat, client credentials",
        baseUrl: `${vendor.origin}/created/${marker}`,
        tokenUrl: `${vendor.origin}${token}`,
        timeoutMs: patientMs,
      }),
    );
    const before = await exchanges();
    const client = new AbortController();
    const impatient = exports.default.fetch(request({ signal: client.signal })).catch(String);
    await vi.waitUntil(async () => (await exchanges()) === before + 1, { timeout: patientMs });
    const patient = exports.default.fetch(request());
    await scheduler.wait(50);
    client.abort();
    expect(await impatient).toMatch(/AbortError/);
    await fetch(`${vendor.origin}/__release${token}`);
    const response = await patient;
    expect(await exchanges()).toBe(before + 1);
    return response;
  }

  test("takes no token from another that waits for the same", async () => {
    const answer = await readAnswer(await answerToOther(createRequest));
    expect(answer).toEqual({ status: 201, id: "42", problem: undefined });
  }, 15_000);

  test("takes no check from another that waits for the same", async () => {
    const init = { method: "POST", headers: { Authorization: "Bearer demo-key" } };
    const url = "https://gateway.test/v1/connections/tcp/check";
    const response = await answerToOther((options) => new Request(url, { ...init, ...options }));
    expect(await response.json()).toMatchObject({ reachable: true, authorized: true });
  }, 15_000);
});
