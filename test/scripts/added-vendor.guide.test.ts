/** A new vendor needs only its own files and its line in the registry: everything else passes with it, unchanged. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addVendor, expectToPass } from "./added-vendor.ts";
import type { Workspace } from "./workspace.ts";

let tree: Workspace;
beforeAll(async () => void (tree = await addVendor()), 60_000);
afterAll(() => tree.remove());

test("the tree type-checks", { timeout: 180_000 }, async () => {
  expect(await tree.run("tsc")).toEqual({ code: 0, printed: "" });
});

test("the suites over all vendors pass", { timeout: 600_000 }, async () => {
  const suites = [
    "adapters/fabrikam",
    "architecture",
    "documentation",
    "openapi",
    "packages/testing",
    "sandbox",
    "schemas",
  ];
  await expectToPass(
    tree,
    "node",
    ...suites.map((suite) => `test/${suite}`),
    "test/src/create",
    "test/src/connections",
  );
});

test("the default gateway's bundle does not contain the vendor", { timeout: 60_000 }, async () => {
  const flags = ["--bundle", "--format=esm", "--external:cloudflare:*"];
  const { code, printed } = await tree.run("esbuild", "src/index.ts", ...flags);
  expect(code).toBe(0);
  expect(printed).toContain("/api/v2/organizations");
  expect(printed).not.toMatch(/fabrikam/i);
});

/** Last, because it changes the copy. */
test("the default gateway can serve the vendor", { timeout: 600_000 }, async () => {
  const path = join(tree.folder, "adapters/index.ts");
  const served = readFileSync(path, "utf8").replace("zendesk];", "zendesk, fabrikam];");
  writeFileSync(path, `import { fabrikam } from "./fabrikam.ts";\n${served}`);
  await expectToPass(tree, "node", "test/documentation", "test/openapi", "test/packages/testing");
});
