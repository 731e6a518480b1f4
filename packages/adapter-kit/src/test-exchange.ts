/** Tests what an adapter says besides its table: settings in pointers, shapes, answers, the vendor's own idempotency key. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { destinationOf, type VendorReply } from "../../../adapters/engine/adapter.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { interpret, toVendorReply } from "../../../adapters/engine/outcome.ts";
import { canonicalFieldNames } from "../../../schemas/account.ts";
import type { Sample } from "./fixtures.ts";
import { createFully, outcomeText, toReply } from "./full-create.ts";
import { onTheWire } from "./json.ts";

/** Any answer, often with a header that adapters read. */
export const anyVendorReply: fc.Arbitrary<VendorReply> = fc.record({
  status: fc.integer({ min: 100, max: 599 }),
  headers: fc.dictionary(fc.constantFrom("location", "content-type", "retry-after", "__proto__"), fc.string()),
  body: fc.option(fc.jsonValue().map(onTheWire), { nil: undefined }),
});

export function testExchange(sample: Sample): void {
  testSettings(sample);
  testFields(sample);
  testIdempotencyKey(sample);
  testFollow(sample);

  test("reading any answer never throws", () => {
    const { normalise, follow } = sample.adapter.reply;
    fc.assert(fc.property(anyVendorReply, (answer) => void [normalise?.(answer), follow?.(answer)]));
  });
}

function testSettings({ adapter }: Sample): void {
  const pointers = canonicalFieldNames.options.flatMap((field) => destinationOf(adapter, field)?.to ?? []);
  const own = [...pointers, ...Object.keys(adapter.constants), ...Object.values(adapter.slots).map(({ to }) => to)];

  test("every `{name}` is a setting that a connection must have", () => {
    const names = [adapter.path, ...pointers].flatMap((text) =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    const missing = names.filter((name = "") => {
      const setting = Object.hasOwn(adapter.settings, name) ? adapter.settings[name] : undefined;
      return setting === undefined || z.safeParse(setting, undefined).success;
    });
    expect(missing).toEqual([]);
  });

  const { openSlot } = adapter;
  if (openSlot === undefined) return;
  test("a slot that a customer names is no other destination", () => {
    const names = own.flatMap((pointer) => [pointer, ...pointer.split("/")]);
    expect(names.filter((name) => own.includes(openSlot(name)?.to ?? ""))).toEqual([]);
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [slot, second] = [openSlot(one), openSlot(other)];
        if (slot === undefined) return;
        expect(own).not.toContain(slot.to);
        expect(one !== other && second?.to === slot.to).toBe(false);
      }),
    );
  });
}

/** A shape must not move a value to another field if a field is left out. */
function testFields(sample: Sample): void {
  test("the vendor's reply confirms each field, also without the other fields", () => {
    for (const field of canonicalFieldNames.options) {
      const { outcomeOfAccount, reply, bodyOf } = createFully(sample, {}, (each) => each === field);
      const outcome = outcomeOfAccount(reply);
      if (outcome.kind !== "created") throw new Error(`With \`${field}\`: ${outcomeText(outcome)}`);
      const wrong = outcome.fields.filter(({ to, confirmed }) => to !== null && confirmed === false);
      expect([field, wrong]).toEqual([field, []]);
      expect([field, bodyOf(reply)]).toEqual([field, outcome.body]);
    }
  });
}

function testIdempotencyKey(sample: Sample): void {
  const { idempotencyKey } = sample.adapter;
  if (idempotencyKey === undefined) return;

  test("a keyed create has the vendor's idempotency key, and is unknown while the first request is in progress", () => {
    const { plan, encoded } = createFully(sample);
    expect(encoded.headers).toBeUndefined();
    const { body, headers } = encode(plan, { name: "Acme" }, "lenient", "stamp");
    expect(headers).toEqual({ [idempotencyKey.header]: "stamp" });
    for (const status of idempotencyKey.inProgressStatuses) {
      const reply = toReply({ status, body: sample.rejection("In progress") });
      expect(outcomeText(interpret(plan, { ...encoded, body, headers: headers ?? {} }, reply))).toBe(
        "unknown: ambiguous_answer",
      );
    }
  });
}

function testFollow(sample: Sample): void {
  const { follow } = sample.adapter.reply;
  if (follow === undefined) return;
  const { accepted } = sample;
  if (accepted === undefined) throw new Error("The adapter has `reply.follow`: add `accepted` to its fixtures");

  test("an accepted create is followed until the answer has the account", () => {
    const { plan, outcomeOf, answerOf, reply } = createFully(sample);
    const pending = toReply(accepted);
    expect(follow(toVendorReply(pending))?.path).toMatch(/^\//);
    expect(outcomeOf(pending.status, pending.body).kind).toBe("unknown");
    expect(follow(toVendorReply(answerOf(reply)))).toBeUndefined();
    const origin = new URL(plan.url).origin;
    fc.assert(
      fc.property(anyVendorReply, fc.webPath(), (answer, location) => {
        const next = follow({ ...toVendorReply(pending), headers: { ...answer.headers, location } });
        expect(new URL(`${plan.connection.base_url}${next?.path ?? ""}`).origin).toBe(origin);
      }),
    );
  });
}
