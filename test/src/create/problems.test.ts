import { delay, http, HttpResponse } from "msw";
import { describe, expect, test, vi } from "vitest";
import { faultNames } from "../../../sandbox/faults.ts";
import type { ProblemCode } from "../../../schemas/problem.ts";
import {
  creates,
  createUrls,
  demoConnections,
  demoFixtures,
  demoVariables,
  shortTimeout,
  logLines,
  openGateway,
  useVendors,
  configureVendors,
} from "../../support/gateway.ts";

useVendors();

interface Expected {
  code: ProblemCode;
  status: number;
  effect: "none" | "unknown";
  retry?: string;
  /** Text that the remedy contains if the create has no key. */
  remedy: string;
  /** The status of the vendor's answer; `undefined` if there was no complete answer. */
  vendorStatus: (success: number) => number | undefined;
}

const noAnswer: Expected = {
  code: "outcome_unknown",
  status: 504,
  effect: "unknown",
  retry: "never",
  remedy: "Check the vendor's system before",
  vendorStatus: () => undefined,
};
const unreadable: Expected = {
  code: "vendor_contract_violation",
  status: 502,
  effect: "unknown",
  retry: "never",
  remedy: "Check the vendor's system before",
  vendorStatus: (success) => success,
};

/** Every fault of the sandbox except `401-once`, because that create succeeds if the gateway can renew the token. */
const expected: Record<string, Expected> = {
  "timeout-after-commit": noAnswer,
  "timeout-before-commit": noAnswer,
  reset: noAnswer,
  "slow-body": noAnswer,
  "500-after-commit": { ...noAnswer, vendorStatus: () => 500 },
  "html-502": { ...noAnswer, vendorStatus: () => 502 },
  "garbage-201": unreadable,
  "201-without-id": unreadable,
  "429": {
    code: "vendor_rate_limited",
    status: 429,
    effect: "none",
    retry: "later",
    remedy: "Send the request again after",
    vendorStatus: () => 429,
  },
};

test("every fault of the sandbox has its test", () => {
  expect(Object.keys(expected).concat("401-once").toSorted()).toEqual(faultNames.toSorted());
});

describe.each(demoConnections)("%s", (connection) => {
  test.each(Object.entries(expected))(
    "fault:%s is reported correctly, and the account is not sent again",
    async (fault, { code, status, effect, retry, remedy, vendorStatus }) => {
      const { problem, status: answered } = await openGateway(demoVariables(shortTimeout)).create(connection, {
        name: `fault:${fault} ${connection}`,
      });
      expect(answered).toBe(status);
      expect(problem).toMatchObject({ code, effect, retry, detail: expect.stringContaining(remedy) });
      expect(problem?.detail).not.toContain("Idempotency-Key");
      expect(problem?.vendor?.status).toBe(vendorStatus(demoFixtures[connection].status));
      expect(creates()).toHaveLength(1);
      expect(logLines().at(-1)).toMatchObject({
        attempts: 1,
        outcome: effect === "unknown" ? "unknown" : "rejected",
        connection,
      });
    },
  );

  test("fault:429 passes Retry-After on", async () => {
    const { headers } = await openGateway().create(connection, { name: "fault:429" });
    expect(headers.get("Retry-After")).toBe("2");
  });

  test("an answer that is too large is not read", async () => {
    configureVendors(
      {},
      http.post(
        createUrls[connection],
        () => new HttpResponse(`{"data": {"id": "1", "x": "${"x".repeat(1024 * 1024)}"}}`, { status: 201 }),
      ),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({
      code: "outcome_unknown",
      effect: "unknown",
      detail: expect.stringContaining("too large"),
    });
  });

  test.each([300, 301, 302, 303, 307, 308])("a redirect with status %i is not followed", async (status) => {
    configureVendors(
      {},
      http.post(
        createUrls[connection],
        () => new HttpResponse(null, { status, headers: { Location: createUrls[connection] } }),
      ),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", vendor: { status } });
    expect(creates()).toHaveLength(1);
  });

  test.each([408, 425, 499, 500, 503, 504, 599])("after a %i, an account may exist", async (status) => {
    configureVendors(
      {},
      http.post(createUrls[connection], () =>
        HttpResponse.json({ error: "No", errors: [{ title: "No" }] }, { status }),
      ),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({ code: "outcome_unknown", effect: "unknown", vendor: { status } });
    expect(creates()).toHaveLength(1);
  });

  const refusals = [400, 402, 404, 405, 409, 410, 413, 415, 418, 421, 422, 451];
  const misdirected = new Set([404, 405, 421]);

  test.each(refusals)("a %i from a proxy created no account, and a retry may succeed", async (status) => {
    configureVendors(
      {},
      http.post(createUrls[connection], () => new HttpResponse("<html>No</html>", { status })),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    expect(problem).toMatchObject({
      code: "vendor_unavailable",
      status: 503,
      effect: "none",
      retry: "later",
      vendor: { status, errors: [] },
    });
    expect(creates()).toHaveLength(1);
  });

  test.each(refusals)("a %i in the vendor's format created no account", async (status) => {
    configureVendors(
      {},
      http.post(createUrls[connection], () => HttpResponse.json({ error: "No" }, { status })),
    );
    const { problem } = await openGateway().create(connection, { name: "Acme" });
    const code = misdirected.has(status) ? "vendor_unavailable" : "vendor_rejected";
    expect(problem).toMatchObject({
      code,
      effect: "none",
      errors: [{ pointer: "", detail: "No" }],
      vendor: { status },
    });
  });

  test("a 403 answers vendor_auth_failed", async () => {
    configureVendors(
      {},
      http.post(createUrls[connection], () => new HttpResponse(null, { status: 403 })),
    );
    const { problem, status } = await openGateway().create(connection, { name: "Acme" });
    expect(status).toBe(502);
    expect(problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 403 } });
    expect(creates()).toHaveLength(1);
  });

  test.each([
    ["a full hour", "3600", "3600"],
    ["more than an hour", "86400", "3600"],
    ["an unreadable value", "soon", null],
    ["a date in ninety seconds", "Fri, 02 Jan 2026 03:05:35 GMT", "90"],
    ["a date in the past", "Fri, 02 Jan 2026 03:04:00 GMT", "1"],
    ["a distant date", "Sat, 02 Jan 2027 03:04:00 GMT", "3600"],
  ])("Retry-After: %s", async (_, sent, answered) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-01-02T03:04:05Z") });
    configureVendors(
      {},
      http.post(
        createUrls[connection],
        () => new HttpResponse(null, { status: 429, headers: { "Retry-After": sent } }),
      ),
    );
    const { problem, headers } = await openGateway().create(connection, { name: "Acme" });
    expect(problem?.code).toBe("vendor_rate_limited");
    expect(headers.get("Retry-After")).toBe(answered);
  });
});

describe("fault:401-once", () => {
  test.each(["demo-clarus", "demo-elastic-path"] as const)(
    "%s: the gateway fetches a new token and sends the account again",
    async (connection) => {
      const { status, account } = await openGateway().create(connection, { name: "fault:401-once" });
      expect(status).toBe(201);
      expect(account?.name).toBe("fault:401-once");
      const [first, second, ...others] = creates();
      expect(others).toEqual([]);
      expect(first?.body).toBe(second?.body);
      expect(first?.headers["authorization"]).not.toBe(second?.headers["authorization"]);
      expect(logLines().at(-1)).toMatchObject({ attempts: 2, outcome: "created" });
    },
  );

  test("demo-garmat: an API key cannot be renewed, so the account is sent once", async () => {
    const { problem } = await openGateway().create("demo-garmat", { name: "fault:401-once" });
    expect(problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates()).toHaveLength(1);
  });
});

test.each(["demo-clarus", "demo-elastic-path"] as const)("%s: a second 401 is final", async (connection) => {
  configureVendors(
    {},
    http.post(createUrls[connection], () => new HttpResponse(null, { status: 401 })),
  );
  const { problem } = await openGateway().create(connection, { name: "Acme" });
  expect(problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
  expect(creates()).toHaveLength(2);
});

test("an answer after the deadline is ignored", async () => {
  configureVendors(
    {},
    http.post(createUrls["demo-garmat"], async () => {
      await delay(150);
      return HttpResponse.json({ id: "late", name: "Acme", type: "customer", status: "active" });
    }),
  );
  const { problem } = await openGateway(demoVariables(shortTimeout)).create("demo-garmat", { name: "Acme" });
  expect(problem).toMatchObject({
    code: "outcome_unknown",
    effect: "unknown",
    detail: expect.stringContaining("within 100 ms"),
  });
});

test("an answer that differs from the request is reported", async () => {
  configureVendors(
    {},
    http.post(createUrls["demo-garmat"], () =>
      HttpResponse.json({ id: 7, name: "ACME", type: "garmat", status: "active" }),
    ),
  );
  const { account } = await openGateway().create(
    "demo-garmat",
    { name: "Acme", active: false },
    { query: "?include=fields" },
  );
  expect(account).toMatchObject({ id: "7", name: "ACME", active: true, type: null, vendor_fields: { type: "garmat" } });
  expect(account?.warnings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code: "changed_by_vendor", field: "/name", sent: "Acme", received: "ACME" }),
      expect.objectContaining({ code: "changed_by_vendor", field: "/active", sent: false, received: true }),
      expect.objectContaining({ code: "unreadable", field: "/type", received: "garmat" }),
    ]),
  );
  expect(account?.fields).toContainEqual(expect.objectContaining({ field: "/name", confirmed: false }));
});
