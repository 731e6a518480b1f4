/** The suite as the author of an adapter calls it, for a vendor that is not in the registry. */
import { expect, test } from "vitest";
import { testAdapter } from "../../../packages/adapter-kit/src/index.ts";
import type { Example, Sample } from "../../../packages/adapter-kit/src/fixtures.ts";
import { findOpenValues } from "../../../packages/adapter-kit/src/fixtures.ts";
import { madeUpVendor } from "../../support/made-up-vendor.ts";

const { adapter, ...fixtures } = madeUpVendor;

testAdapter(adapter, fixtures);

test("an open value is found wherever it is", () => {
  expect(findOpenValues(madeUpVendor)).toEqual([]);
  const instruction = "Fill in this";
  const example: Example = { title: "x", account: instruction, request: { deep: [instruction, "Fill"] } };
  const open: Sample = {
    ...madeUpVendor,
    adapter: { ...adapter, title: instruction, reply: { ...adapter.reply, id: `/${instruction}` } },
    examples: [example],
    rejection: () => [{ detail: instruction }],
  };
  expect(findOpenValues(open)).toEqual([
    { at: "adapter.title", instruction },
    { at: "adapter.reply.id", instruction: `/${instruction}` },
    { at: "fixtures.examples.0.account", instruction },
    { at: "fixtures.examples.0.request.deep.0", instruction },
    { at: "fixtures.rejection().0.detail", instruction },
  ]);
});
