/** The time to decode a reply, and the size of its account, are proportional to the size of the reply. */
import { expect, test } from "vitest";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { decode } from "../../../adapters/engine/decode.ts";
import { samples } from "../../support/samples.ts";

/** A reply of the maximum size, 256 KiB: 15,000 values in a member with a long name. */
const long = "L".repeat(100_000);
const branch = { [long]: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`k${index}`, 1])) };

test.each(samples)("$adapter.vendor: many values in a member with a long name", (sample) => {
  const { adapter } = sample;
  const [envelope = "/data"] = adapter.reply.envelopes.toReversed();
  // The second reply repeats the values inside the envelope, so the name of each value is already in use.
  for (const reply of [branch, { ...branch, [envelope.slice(1)]: branch }]) {
    const beganMs = performance.now();
    const { account } = decode(planOf(sample), "1", reply, { fields: [], warnings: [] });
    expect(account.vendor_fields[long]).toEqual(branch[long]);
    expect(JSON.stringify(account).length).toBeLessThan(2 * JSON.stringify(reply).length);
    // An implementation that built the pointer of each value took a minute and used a gigabyte of memory.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  }
});

test.each(samples)("$adapter.vendor: decoding a reply does not change it", (sample) => {
  const [envelope = "/data"] = sample.adapter.reply.envelopes.toReversed();
  const reply = { sibling: {}, [envelope.slice(1)]: { sibling: { x: 1 } } };
  const before = structuredClone(reply);
  decode(planOf(sample), "1", reply, { fields: [], warnings: [] });
  expect(reply).toEqual(before);
});
