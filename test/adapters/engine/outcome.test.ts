/** Answers that an adapter reads from status, headers and body, and errors that point at the wire's shape. */
import { describe, expect, test } from "vitest";
import { encode } from "../../../adapters/engine/encode.ts";
import { interpret } from "../../../adapters/engine/outcome.ts";
import { type Answer, planOf, type Sample } from "../../../packages/adapter-kit/src/fixtures.ts";
import { outcomeText, toReply } from "../../../packages/adapter-kit/src/full-create.ts";
import type { AccountRequest } from "../../../schemas/account.ts";
import { located, shaped, written } from "../../support/variants.ts";

const outcomeOf = (sample: Sample, answer: Answer, account: AccountRequest = { name: "Acme" }, stamp?: string) => {
  const plan = planOf(sample);
  return interpret(plan, encode(plan, account, "strict", stamp), toReply(answer));
};

describe("an id in `Location`", () => {
  test.each<[what: string, Answer, string]>([
    ["204 without a body", { status: 204, headers: { location: "/accounts/7" } }, "created"],
    ["an id that is none", { status: 204, headers: { location: "/accounts/0" } }, "unknown: unreadable_success"],
    ["another path", { status: 204, headers: { location: "/jobs/7/8" } }, "unknown: unreadable_success"],
    ["no header", { status: 204 }, "unknown: unreadable_success"],
    ["another status", { status: 302, headers: { location: "/accounts/7" } }, "unknown: ambiguous_answer"],
    ["a rejection", { status: 422, headers: { location: "/accounts/7" } }, "rejected: not_processed"],
  ])("%s", (_, answer, expected) => expect(outcomeText(outcomeOf(located, answer))).toBe(expected));

  test("is the account's id; the other fields are unknown, and the caller gets no warning", () => {
    const outcome = outcomeOf(located, { status: 204, headers: { location: "/accounts/7" } });
    expect(outcome).toMatchObject({ account: { id: "7", name: null, warnings: [], vendor_fields: {} } });
  });
});

describe("a status that means that the first request is in progress", () => {
  const conflict: Answer = { status: 409, body: { errors: [{ detail: "is not valid" }] } };

  test("is unknown only if the request has the vendor's idempotency key", () => {
    expect(outcomeText(outcomeOf(written, conflict, undefined, "stamp"))).toBe("unknown: ambiguous_answer");
    expect(outcomeText(outcomeOf(written, conflict))).toBe("rejected: invalid");
    expect(outcomeText(outcomeOf(written, { ...conflict, status: 422 }, undefined, "stamp"))).toBe("rejected: invalid");
    expect(outcomeText(outcomeOf(shaped, conflict, undefined, "stamp"))).toBe("rejected: invalid");
  });
});

describe("a vendor's pointer into the wire's shape", () => {
  const account = { name: "Ada Lovelace", email: "ada@acme.example", code: "A1", external_ref: "r-1" };

  test.each([
    ["/emails/0/address", "/email"],
    ["emails.0.address", "/email"],
    ["/emails/1/address", ""],
    ["/first_name", "/name"],
    ["last_name", "/name"],
    ["/key", "/code"],
    ["/other", ""],
  ])("%s is the caller's %j", (pointer, expected) => {
    const answer = { status: 422, body: { errors: [{ detail: "is wrong", source: { pointer } }] } };
    expect(outcomeOf(shaped, answer, account)).toMatchObject({ errors: [{ pointer: expected, detail: "is wrong" }] });
  });
});
