/** The resolutions that the schema accepts. */
import { expect, test } from "vitest";
import { resolution } from "../../schemas/operation.ts";

test.each([
  ["😀".repeat(1024), true],
  ["😀".repeat(1025), false],
  [" \t", false],
  ["\u200B", false],
  ["Looked it up.\nNothing there.", true],
])("a reason is not blank, and its length is counted in code points: %#", (reason, isValid) => {
  expect(resolution.safeParse({ outcome: "not_created", reason }).success).toBe(isValid);
});

test.each([
  ["org-1", true],
  ["org-1\n", false],
  ["\u202E", false],
])("a vendor's id is one visible line: %j", (vendor_id, isValid) => {
  expect(resolution.safeParse({ outcome: "created", vendor_id, reason: "found" }).success).toBe(isValid);
});
