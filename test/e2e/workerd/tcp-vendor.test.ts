// How `fetch` in workerd reports each behaviour of the TCP vendor. The outcome rules rely on this.
import { expect, inject, test } from "vitest";

const vendor = inject("tcpVendor");
const DEADLINE_MS = 500;

async function post(url: string): Promise<{ status: number; body: string } | { error: string }> {
  try {
    const init = {
      method: "POST",
      body: '{"name":"Acme"}',
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    };
    const response = await fetch(url, init);
    return { status: response.status, body: await response.text() };
  } catch (error) {
    return { error: String(error) };
  }
}

async function counts(): Promise<Record<string, number>> {
  return (await fetch(`${vendor.origin}/__counts`)).json();
}

const lost = { error: expect.stringMatching(/Network connection lost/) };
const timedOut = { error: expect.stringMatching(/TimeoutError/) };

test.each([
  ["reset-before-body", lost],
  ["reset-after-body", lost],
  ["stall-before-headers", timedOut],
  ["stall-inside-body", timedOut],
  ["stall-inside-chunks", timedOut],
  ["closed-without-answer", lost],
  ["truncated-body", lost],
  ["truncated-chunks", lost],
  ["truncated-body:422", lost],
  ["garbage-bytes", { error: expect.anything() }],
  ["garbage-body", { status: 201, body: expect.stringContaining("<html>") }],
  ["garbage-gzip", { error: expect.anything() }],
  ["huge-gzip", { status: 201, body: expect.stringContaining("4".repeat(1000)) }],
  ["huge-body", { status: 201, body: expect.stringContaining("4".repeat(1000)) }],
  ["redirect", { status: 307, body: "" }],
  ["redirect:302", { status: 302, body: "" }],
  ["status:499", { status: 499, body: "{}" }],
  [`bytes:${btoa("HTTP/1.1 200 OK\r\n\r\nhello")}`, { status: 200, body: "hello" }],
  ["created", { status: 201, body: expect.stringContaining('"id":"42"') }],
])("%s: `fetch` reports it, and sends the request once", async (behaviour, seen) => {
  expect(await post(`${vendor.origin}/${behaviour}/seen`)).toEqual(seen);
  expect(await counts()).toMatchObject({ [`POST /${behaviour}/seen`]: 1 });
});

test("`fetch` reports a refused connection like a reset one", async () => {
  expect(await post(`${vendor.refusedOrigin}/seen`)).toEqual(lost);
});

test("unauthorized-once refuses only the first request", async () => {
  const url = `${vendor.origin}/unauthorized-once/seen`;
  expect([await post(url), await post(url)]).toMatchObject([{ status: 401 }, { status: 201 }]);
});

test("with `redirect: manual`, the target of a redirect gets no request", async () => {
  await post(`${vendor.origin}/redirect/unfollowed`);
  expect(Object.keys(await counts()).filter((key) => key.includes("redirected/redirect/unfollowed"))).toEqual([]);
});
