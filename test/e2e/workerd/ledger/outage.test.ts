/** An hour in which a vendor cannot be reached fills a queue, and no review list. */
import { expect, test } from "vitest";
import {
  configure,
  elapse,
  held,
  type Intercept,
  sends,
  useLedgers,
  type Vendor,
  vendorsAnswer,
  vendorsAreThemselves,
} from "./ledger.ts";
import { enqueueMany, isTokenRequest, states } from "./queue.ts";

useLedgers();

const hour = 3_600_000;

const answering =
  (status: number, headers: Record<string, string> = {}): Intercept =>
  () =>
    Promise.resolve(new Response("Down", { status, headers }));
const outages: Record<string, Intercept> = {
  "connections refused or reset": () => Promise.reject(new Error("reset")),
  "503": answering(503),
  "429 with Retry-After": answering(429, { "Retry-After": "600" }),
  "no token": (request, pass) => (isTokenRequest(request) ? answering(503)(request, pass) : pass()),
  silence: () => new Promise(() => {}),
};

test.each([
  ["garmat", "connections refused or reset", 1000],
  ["elastic_path", "503", 1000],
  ["clarus", "429 with Retry-After", 20],
  ["elastic_path", "no token", 20],
  ["garmat", "429 with Retry-After", 20],
  ["garmat", "silence", 10],
] satisfies [Vendor, string, number][])(
  "%s: an hour of %s with %i creates queued ends with as many accounts, none in review",
  async (vendor, outage, count) => {
    await configure({ [vendor]: { timeout_ms: 100, rate_per_s: 100 } });
    vendorsAnswer(outages[outage] ?? answering(500));
    await enqueueMany(vendor, count);
    await elapse(vendor, hour);
    expect(await states(vendor)).toEqual({ queued: count });
    expect(sends()).toBe(0);
    vendorsAreThemselves();
    await elapse(vendor, hour);
    expect(await states(vendor)).toEqual({ created: count });
    expect(sends()).toBe(count);
    expect(await held(vendor)).toHaveLength(count);
  },
  20_000,
);
