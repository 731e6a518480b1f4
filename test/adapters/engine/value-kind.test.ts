/** Compares a sent value with the value that the vendor reports. */
import { describe, expect, test } from "vitest";
import { type ValueKind, valueKinds } from "../../../adapters/engine/value-kind.ts";
import type { Json } from "../../../schemas/json.ts";

describe("two values mean the same", () => {
  test.each<[kind: ValueKind, sent: Json, received: Json, same: boolean]>([
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T13:00:00.000+01:00", true],
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T12:00:01Z", false],
    ["datetime", "2024-01-01T12:00:00.123456Z", "2024-01-01T12:00:00.123Z", false],
    ["datetime", "2024-01-01T12:00:00.123Z", "2024-01-01T12:00:00.1234Z", false],
    ["datetime", "2024-01-01T12:00:00.1205Z", "2024-01-01T12:00:00.125Z", false],
    ["datetime", "2024-01-01T12:00:00.123456700Z", "2024-01-01T14:30:00.1234567+02:30", true],
    ["datetime", "2024-01-01T12:00:00Z", "2024-01-01T12:00:00.000000Z", true],
    // Hour 24, a leap second and a day that does not exist are invalid here, although `Date.parse` accepts some of them.
    ["datetime", "2024-01-02T00:00:00Z", "2024-01-01T24:00:00Z", false],
    ["datetime", "2017-01-01T00:00:00Z", "2016-12-31T23:59:60Z", false],
    ["datetime", "2024-03-01T00:00:00Z", "2024-02-30T00:00:00Z", false],
    ["datetime", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z", false],
    ["datetime", "2024-01-01T12:00:00Z", "yesterday", false],
    ["datetime", "2024-01-01T12:00:00Z", null, false],
    ["datetime", "2024-01-01T12:00:00Z", ["2024-01-01T12:00:00Z"], false],
    ["uuid", "96B1F750-55D3-4768-A3F8-ADFFBA694A2C", "96b1f750-55d3-4768-a3f8-adffba694a2c", true],
    ["uuid", "96b1f750-55d3-4768-a3f8-adffba694a2c", "96b1f750-55d3-4768-a3f8-adffba694a2d", false],
    ["uuid", "96b1f750-55d3-4768-a3f8-adffba694a2c", ["96b1f750-55d3-4768-a3f8-adffba694a2c"], false],
    ["datetime", "2024-01-01T12:00:00.1Z", `2024-01-01T12:00:00.${"0".repeat(260_000)}1Z`, false],
    ["string", "a", "A", false],
    ["integer", 1, "1", false],
    ["boolean", true, 1, false],
    ["boolean", true, true, true],
  ])("%s: %o and %o: %o", (kind, sent, received, same) => {
    expect(valueKinds[kind].same(sent, received)).toBe(same);
  });
});
