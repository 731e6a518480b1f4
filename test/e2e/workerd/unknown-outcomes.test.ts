// Over a real network: if the vendor's answer to a create is incomplete, the gateway reports that an account may exist.
// The gateway never sends a create twice.
import { describe, expect, test } from "vitest";
import {
  tokenKinds,
  fixedCredentialKinds,
  shortTimeoutMs,
  silenceLog,
  longTimeoutMs,
  createOnce,
} from "../../support/workerd/network-gateway.ts";

silenceLog();

interface Failure {
  /** The vendor's behaviour for the create. */
  create: string;
  /** The problem's detail. */
  detail: RegExp;
  /** Set if the vendor's answer is complete. */
  vendorStatus?: number;
  /** How often the account is sent; once by default. */
  creates?: number;
  timeoutMs?: number;
}

const connectionFailed = /gave no complete answer: the connection failed/;
const timedOut = /gave no complete answer within 300 ms/;
const tooLarge = /too large to be read/;

const noAnswer: Failure[] = [
  { create: "refused", detail: connectionFailed, creates: 0 },
  { create: "reset-before-body", detail: connectionFailed },
  { create: "reset-after-body", detail: connectionFailed },
  { create: "closed-without-answer", detail: connectionFailed },
  { create: "garbage-bytes", detail: connectionFailed },
  { create: "garbage-gzip", detail: connectionFailed },
  // An incomplete answer proves nothing, whatever its status.
  ...[200, 201, 401, 422].flatMap((status) => [
    { create: `truncated-body:${status}`, detail: connectionFailed },
    { create: `truncated-chunks:${status}`, detail: connectionFailed },
  ]),
  ...[201, 422].flatMap((status) => [
    { create: `stall-inside-body:${status}`, detail: timedOut, timeoutMs: shortTimeoutMs },
    { create: `stall-inside-chunks:${status}`, detail: timedOut, timeoutMs: shortTimeoutMs },
    { create: `huge-body:${status}`, detail: tooLarge },
    { create: `huge-gzip:${status}`, detail: tooLarge },
    { create: `huge-chunk:${status}`, detail: tooLarge },
    { create: `endless-body:${status}`, detail: tooLarge },
  ]),
  { create: "stall-before-headers", detail: timedOut, timeoutMs: shortTimeoutMs },
];

const ambiguousAnswers: Failure[] = [
  ...[301, 302, 303, 307, 308].map((status) => ({ create: `redirect:${status}`, vendorStatus: status })),
  ...[300, 408, 425, 499, 500, 502, 503, 504].map((status) => ({ create: `status:${status}`, vendorStatus: status })),
].map((failure) => ({ ...failure, detail: new RegExp(`answered ${failure.vendorStatus}`) }));

describe.each(fixedCredentialKinds)("%s", (kind) => {
  test("a complete answer creates the account", async () => {
    const { answer, creates } = await createOnce({ kind });
    expect(answer).toEqual({ status: 201, id: "42", problem: undefined });
    expect(creates).toBe(1);
  });

  test.each([...noAnswer, ...ambiguousAnswers])(
    "$create: an account may exist, and is not sent again",
    async ({ create, detail, vendorStatus, creates: expected = 1, timeoutMs = longTimeoutMs }) => {
      const { answer, creates } = await createOnce({ kind, create, timeoutMs });
      expect(answer.problem).toMatchObject({
        code: "outcome_unknown",
        effect: "unknown",
        retry: "never",
        detail: expect.stringMatching(detail),
      });
      expect(answer.problem?.vendor?.status).toBe(vendorStatus);
      expect(creates).toBe(expected);
    },
  );

  test.each(["garbage-body:200", "garbage-body:201", "status:200", "status:201", "created:202"])(
    "%s: a success without an account violates the vendor's contract",
    async (create) => {
      const { answer, creates } = await createOnce({ kind, create });
      expect(answer.problem).toMatchObject({ code: "vendor_contract_violation", effect: "unknown", retry: "never" });
      expect(creates).toBe(1);
    },
  );

  test.each([400, 404, 409, 422])("a complete %i: no account exists", async (status) => {
    const { answer, creates } = await createOnce({ kind, create: `status:${status}` });
    // The body is not an error in the vendor's format.
    expect(answer.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", vendor: { status } });
    expect(creates).toBe(1);
  });

  test("a rejected credential is not tried again", async () => {
    const { answer, creates } = await createOnce({ kind, create: "unauthorized-once" });
    expect(answer.problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates).toBe(1);
  });
});

describe.each(tokenKinds)("%s", (kind) => {
  test("a rejected token is replaced, and the account is sent once more", async () => {
    expect(await createOnce({ kind, create: "unauthorized-once" })).toEqual({
      answer: { status: 201, id: "42", problem: undefined },
      creates: 2,
      tokenRequests: 2,
    });
  });

  test("after two rejected tokens, nothing more is sent", async () => {
    const { answer, creates } = await createOnce({ kind, create: "status:401" });
    expect(answer.problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates).toBe(2);
  });

  test.each([
    { next: "reset-after-body", timeoutMs: longTimeoutMs },
    { next: "truncated-body", timeoutMs: longTimeoutMs },
    { next: "stall-before-headers", timeoutMs: shortTimeoutMs },
    { next: "stall-inside-body", timeoutMs: shortTimeoutMs },
  ])(
    "after a rejected token, $next: an account may exist, and is not sent a third time",
    async ({ next, timeoutMs }) => {
      const { answer, creates } = await createOnce({ kind, create: `unauthorized-once:${next}`, timeoutMs });
      expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
      expect(creates).toBe(2);
    },
  );
});

test.each([0, 2, 4, 6, 8, 20])(
  "a create on a network connection that broke about %i ms ago is sent at most once",
  async (idleMs) => {
    await createOnce({ create: "created-then-reset" });
    await scheduler.wait(idleMs);
    const { answer, creates } = await createOnce({});
    expect(["created", "outcome_unknown"]).toContain(answer.problem?.code ?? "created");
    expect(creates).toBeLessThanOrEqual(1);
  },
);
