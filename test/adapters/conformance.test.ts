/** Every adapter of the registry, and one that is not in it, in one suite. */
import { describe, expect, test } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { conformance } from "./conformance.ts";
import { fourthVendor } from "./fourth-vendor.ts";
import { samples } from "./samples.ts";

test("every adapter of the registry is here", () => {
  expect(samples.map(({ adapter }) => adapter)).toEqual(adapters);
});

describe.each([...samples, fourthVendor])("$adapter.vendor", (sample) => {
  conformance(sample);
});
