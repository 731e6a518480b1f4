// The rule about ambiguity, over a real network: whatever happens once an account was handed to it, the gateway says
// that an account may exist, unless the vendor said in full what became of it. And nothing is ever sent twice.
import { describe, expect, test } from "vitest";
import { exchangingKinds, fixedKinds, hastyMs, withoutLog, patientMs, play } from "./gateway.ts";

withoutLog();

interface Failure {
  /** What the vendor does with the create. */
  create: string;
  /** What the caller is told. */
  detail: RegExp;
  /** Where the vendor's answer was read to its end. */
  vendorStatus?: number;
  /** Beyond the usual, which is one. */
  creates?: number;
  timeoutMs?: number;
}

const brokenOff = /gave no complete answer: the connection failed/;
const late = /gave no complete answer within 300 ms/;
const tooLarge = /too large to be read/;

const noAnswer: Failure[] = [
  { create: "refused", detail: brokenOff, creates: 0 },
  { create: "reset-before-body", detail: brokenOff },
  { create: "reset-after-body", detail: brokenOff },
  { create: "closed-without-answer", detail: brokenOff },
  { create: "garbage-bytes", detail: brokenOff },
  { create: "garbage-gzip", detail: brokenOff },
  // A success and a rejection alike count only when they are complete.
  ...[200, 201, 401, 422].flatMap((status) => [
    { create: `truncated-body:${status}`, detail: brokenOff },
    { create: `truncated-chunks:${status}`, detail: brokenOff },
  ]),
  ...[201, 422].flatMap((status) => [
    { create: `stall-inside-body:${status}`, detail: late, timeoutMs: hastyMs },
    { create: `stall-inside-chunks:${status}`, detail: late, timeoutMs: hastyMs },
    { create: `huge-body:${status}`, detail: tooLarge },
    { create: `huge-gzip:${status}`, detail: tooLarge },
    { create: `huge-chunk:${status}`, detail: tooLarge },
    { create: `endless-body:${status}`, detail: tooLarge },
  ]),
  { create: "stall-before-headers", detail: late, timeoutMs: hastyMs },
];

const ambiguousAnswers: Failure[] = [
  ...[301, 302, 303, 307, 308].map((status) => ({ create: `redirect:${status}`, vendorStatus: status })),
  ...[300, 408, 425, 499, 500, 502, 503, 504].map((status) => ({ create: `status:${status}`, vendorStatus: status })),
].map((failure) => ({ ...failure, detail: new RegExp(`answered ${failure.vendorStatus}`) }));

describe.each(fixedKinds)("%s", (kind) => {
  test("a complete answer is an account", async () => {
    const { answer, creates } = await play({ kind });
    expect(answer).toEqual({ status: 201, id: "42", problem: undefined });
    expect(creates).toBe(1);
  });

  test.each([...noAnswer, ...ambiguousAnswers])(
    "$create: an account may exist, and was not sent again",
    async ({ create, detail, vendorStatus, creates: expected = 1, timeoutMs = patientMs }) => {
      const { answer, creates } = await play({ kind, create, timeoutMs });
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
    "%s: a success that says nothing of an account",
    async (create) => {
      const { answer, creates } = await play({ kind, create });
      expect(answer.problem).toMatchObject({ code: "vendor_contract_violation", effect: "unknown", retry: "never" });
      expect(creates).toBe(1);
    },
  );

  test.each([400, 404, 409, 422])("a complete %i: no account", async (status) => {
    const { answer, creates } = await play({ kind, create: `status:${status}` });
    // The body is not an error of the vendor's own.
    expect(answer.problem).toMatchObject({ code: "vendor_unavailable", effect: "none", vendor: { status } });
    expect(creates).toBe(1);
  });

  test("a refused credential is not tried again", async () => {
    const { answer, creates } = await play({ kind, create: "unauthorized-once" });
    expect(answer.problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates).toBe(1);
  });
});

describe.each(exchangingKinds)("%s", (kind) => {
  test("a refused token is renewed, and the account sent once more", async () => {
    expect(await play({ kind, create: "unauthorized-once" })).toEqual({
      answer: { status: 201, id: "42", problem: undefined },
      creates: 2,
      exchanges: 2,
    });
  });

  test("two refused tokens end it", async () => {
    const { answer, creates } = await play({ kind, create: "status:401" });
    expect(answer.problem).toMatchObject({ code: "vendor_auth_failed", effect: "none", vendor: { status: 401 } });
    expect(creates).toBe(2);
  });

  test.each([
    { next: "reset-after-body", timeoutMs: patientMs },
    { next: "truncated-body", timeoutMs: patientMs },
    { next: "stall-before-headers", timeoutMs: hastyMs },
    { next: "stall-inside-body", timeoutMs: hastyMs },
  ])(
    "a refused token, then $next: an account may exist, and was not sent a third time",
    async ({ next, timeoutMs }) => {
      const { answer, creates } = await play({ kind, create: `unauthorized-once:${next}`, timeoutMs });
      expect(answer.problem).toMatchObject({ code: "outcome_unknown", effect: "unknown" });
      expect(creates).toBe(2);
    },
  );
});

test.each([0, 2, 4, 6, 8, 20])(
  "a create on a connection that broke while it was idle, after about %i ms, is sent once at most",
  async (idleMs) => {
    await play({ create: "created-then-reset" });
    await scheduler.wait(idleMs);
    const { answer, creates } = await play({});
    expect(["created", "outcome_unknown"]).toContain(answer.problem?.code ?? "created");
    expect(creates).toBeLessThanOrEqual(1);
  },
);
