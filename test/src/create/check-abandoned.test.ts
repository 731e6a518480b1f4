/** When a request that runs a check is cancelled, other requests wait for that check only as long as a check may take. */
import { afterEach, expect, test, vi } from "vitest";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { checkConnection } from "../../../src/create/check.ts";
import { newProgress } from "../../../src/progress.ts";
import { leaseMsOf } from "../../../src/vendor-client/request-vendor.ts";
import { sampleOf } from "../../support/samples.ts";

const plan = planOf(sampleOf("garmat"), { auth: { type: "api_key", api_key: { secret: "KEY" } } });
const contextWith = (fetch: () => Promise<Response>) => ({
  fetch,
  now: Date.now,
  waitUntil: vi.fn<(promise: Promise<unknown>) => void>(),
  traceparent: "",
  progress: newProgress(),
});
const answering = () => contextWith(async () => Response.json({ data: [] }));

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("a request that waits for an abandoned check gets an answer, and the next request starts a new check", async () => {
  // The calls and timers of a cancelled request never finish.
  const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(setTimeout(() => {}));
  const abandoned = contextWith(() => new Promise(() => {}));
  void checkConnection(plan, abandoned);
  await new Promise(setImmediate);
  timers.mockRestore();
  // `waitUntil` keeps the request alive while others may wait for its check.
  expect(abandoned.waitUntil).toHaveBeenCalledTimes(1);

  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const sharing = answering();
  const shared = checkConnection(plan, sharing);
  await vi.advanceTimersByTimeAsync(leaseMsOf(plan));
  expect(await shared).toMatchObject({
    reachable: false,
    authorized: null,
    lookup: null,
    detail: expect.stringContaining(`Garmat gave no complete answer within ${leaseMsOf(plan)} ms`),
  });
  expect(sharing.waitUntil).not.toHaveBeenCalled();
  expect(await checkConnection(plan, answering())).toMatchObject({ reachable: true, lookup: true });
});
