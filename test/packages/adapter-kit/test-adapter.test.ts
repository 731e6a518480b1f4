/** Runs the suite on an adapter that is not in `adapters/index.ts`, as the adapter's author does. */
import { describe, expect, test } from "vitest";
import { testAdapter } from "../../../packages/adapter-kit/src/index.ts";
import { type Example, findPlaceholders, type Sample } from "../../../packages/adapter-kit/src/fixtures.ts";
import { madeUpVendor } from "../../support/made-up-vendor.ts";
import { variants } from "../../support/variants.ts";

const { adapter, ...fixtures } = madeUpVendor;

testAdapter(adapter, fixtures);

describe.each(variants)("$adapter.vendor", (variant) => {
  testAdapter(variant.adapter, variant);
});

test("a placeholder is found in every part of the adapter and its fixtures", () => {
  expect(findPlaceholders(madeUpVendor)).toEqual([]);
  const instruction = "Fill in this";
  const example: Example = { title: "x", account: instruction, request: { deep: [instruction, "Fill"] } };
  const unfinished: Sample = {
    ...madeUpVendor,
    adapter: { ...adapter, title: instruction, reply: { ...adapter.reply, id: `/${instruction}` } },
    examples: [example],
    rejection: () => [{ detail: instruction }],
  };
  expect(findPlaceholders(unfinished)).toEqual([
    { at: "adapter.title", instruction },
    { at: "adapter.reply.id", instruction: `/${instruction}` },
    { at: "fixtures.examples.0.account", instruction },
    { at: "fixtures.examples.0.request.deep.0", instruction },
    { at: "fixtures.rejection().0.detail", instruction },
  ]);
});
