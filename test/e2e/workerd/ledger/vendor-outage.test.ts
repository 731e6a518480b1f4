/** During an hour-long outage of a vendor, creates stay in the queue, and none goes to review. */
import { expect, test } from "vitest";
import {
  type Intercept,
  interceptVendors,
  restoreVendors,
  sends,
  setup,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { isTokenRequest } from "../../../support/vendor-requests.ts";
import { hour } from "../../../support/time.ts";

useLedgers();

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
  "%s: after an hour of %s, all %i queued creates are created, none in review",
  async (vendor, outage, count) => {
    const { enqueueMany, elapse, states, accounts } = setup(vendor, {
      connection: { timeout_ms: 100, rate_per_s: 100 },
    });
    interceptVendors(outages[outage] ?? answering(500));
    await enqueueMany(count);
    await elapse(hour);
    expect(await states()).toEqual({ queued: count });
    expect(sends()).toBe(0);
    restoreVendors();
    await elapse(hour);
    expect(await states()).toEqual({ created: count });
    expect(sends()).toBe(count);
    expect(await accounts()).toHaveLength(count);
  },
  60_000, // long enough for a busy machine
);
