/** Every test passes with one more vendor. added-vendor.guide.test.ts runs the suites that a new vendor is most likely to break. */
import { afterAll, beforeAll, test } from "vitest";
import { addVendor, expectToPass } from "./added-vendor.ts";
import type { Workspace } from "./workspace.ts";

let tree: Workspace;
beforeAll(async () => void (tree = await addVendor()), 60_000);
afterAll(() => tree.remove());

test.each(["node", "workerd"] as const)("every test of %s passes", { timeout: 3_600_000 }, async (project) => {
  await expectToPass(tree, project);
});
