/** A vendor's reply is read in a time and to a size that grow with its own size alone. */
import { expect, test } from "vitest";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { decode } from "../../../adapters/engine/decode.ts";
import { samples } from "../../support/samples.ts";

/** With 256 KiB, what a reply may be: 15,000 leaves under one long name. */
const long = "L".repeat(100_000);
const branch = { [long]: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`k${index}`, 1])) };

test.each(samples)("$adapter.vendor: many leaves under a long name", (sample) => {
  const { adapter } = sample;
  const [envelope = "/data"] = adapter.reply.envelopes.toReversed();
  // Once as it is, and once where each leaf has the place of another.
  for (const reply of [branch, { ...branch, [envelope.slice(1)]: branch }]) {
    const beganMs = performance.now();
    const { account } = decode(planOf(sample), "1", reply, { fields: [], warnings: [] });
    expect(account.vendor_fields[long]).toEqual(branch[long]);
    expect(JSON.stringify(account).length).toBeLessThan(2 * JSON.stringify(reply).length);
    // With each pointer spelt out it took a minute, and a gigabyte.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  }
});
