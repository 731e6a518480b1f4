/** A create whose result follows later: what the gateway asks, how long it waits, and what each answer proves. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encode } from "../../../adapters/engine/encode.ts";
import type { Outcome } from "../../../adapters/engine/outcome.ts";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { outcomeText } from "../../../packages/adapter-kit/src/full-create.ts";
import { newProgress, type Progress } from "../../../src/progress.ts";
import { sendAccount } from "../../../src/vendor-client/send-account.ts";
import { followed } from "../../support/variants.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const plan = planOf(followed);
const sendable = encode(plan, { name: "Acme" }, "strict");
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const accepted = (headers?: Record<string, string>) => json({ job: "j1" }, 202, headers);
const pending = (headers?: Record<string, string>) => json({ job: "j1" }, 200, headers);
const done = () => json({ status: "done", account: { id: "7", name: "Acme" } });
const deadlineMs = 10_000;

interface Sent {
  outcome: Outcome;
  /** When each request was made, in seconds since the first one. */
  requests: [line: string, seconds: number][];
  progress: Progress;
}

/** Sends the account to a vendor that gives these answers in turn. The last answer repeats. */
async function send(answers: (() => Response)[], from = plan): Promise<Sent> {
  const progress = newProgress();
  const requests: Sent["requests"] = [];
  const startedMs = Date.now();
  const fetchFromVendor: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (pathname === "/token") return json({ access_token: "token-1" });
    requests.push([`${init?.method} ${pathname}`, (Date.now() - startedMs) / 1000]);
    return (answers[requests.length - 1] ?? answers.at(-1) ?? done)();
  };
  const context = {
    fetch: fetchFromVendor,
    now: () => Date.now(),
    waitUntil: () => {},
    traceparent: "",
    progress,
    deadlineMs: startedMs + deadlineMs,
  };
  const sending = sendAccount(from, sendable, context);
  await vi.advanceTimersByTimeAsync(deadlineMs);
  return { outcome: await sending, requests, progress };
}

test("the gateway asks each second, and sends the account once", async () => {
  const { outcome, requests, progress } = await send([accepted, pending, pending, done]);
  expect(outcomeText(outcome)).toBe("created");
  expect(requests).toEqual([
    ["POST /accounts", 0],
    ["GET /jobs/j1", 1],
    ["GET /jobs/j1", 2],
    ["GET /jobs/j1", 3],
  ]);
  expect(progress.sends).toBe(1);
});

test("the gateway waits as long as `Retry-After` says, at least a second", async () => {
  const { requests } = await send([
    () => accepted({ "Retry-After": "3" }),
    () => pending({ "Retry-After": "0" }),
    () => json({}, 503, { "Retry-After": "2" }),
    done,
  ]);
  expect(requests.map(([, seconds]) => seconds)).toEqual([0, 3, 4, 6]);
});

test("the outcome is unknown if the result does not follow before the deadline", async () => {
  const { outcome, requests } = await send([accepted, pending]);
  expect(outcome).toMatchObject({
    kind: "unknown",
    detail: expect.stringMatching(/did not report the result in time/),
  });
  expect(requests).toHaveLength(10);
  const { requests: few } = await send([() => accepted({ "Retry-After": "60" })]);
  expect(few).toHaveLength(1);
});

test.each([401, 403, 404, 408, 422, 429, 500, 503])(
  "status %i says nothing about the account while the result is pending, so the gateway asks again",
  async (status) => {
    expect(outcomeText((await send([accepted, () => json({}, status), done])).outcome)).toBe("created");
    expect(outcomeText((await send([accepted, () => json({}, status)])).outcome)).toBe("unknown: no_answer");
  },
);

test("a success without an account, and without another place to ask, is unknown", async () => {
  const { outcome, requests } = await send([accepted, () => json({ status: "lost" })]);
  expect(outcomeText(outcome)).toBe("unknown: unreadable_success");
  expect(requests).toHaveLength(2);
});

test("an answer that rejects the create at once is final", async () => {
  const { outcome, requests } = await send([() => json({ errors: [{ detail: "is wrong" }] }, 422)]);
  expect(outcomeText(outcome)).toBe("rejected: invalid");
  expect(requests).toHaveLength(1);
});

test("the outcome is unknown if `follow` or `normalise` throws", async () => {
  const fail = () => {
    throw new RangeError("in the adapter");
  };
  for (const member of ["follow", "normalise"] as const) {
    const reply = { ...plan.adapter.reply, [member]: fail };
    const { outcome, progress } = await send([done], { ...plan, adapter: { ...plan.adapter, reply } });
    expect(outcome.kind).toBe("unknown");
    expect(progress.fault).toBeInstanceOf(RangeError);
  }
});
