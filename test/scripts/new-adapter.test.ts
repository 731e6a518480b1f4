/** `npm run new-adapter` writes files that type-check. test/documentation/adapters.guide.test.ts tests that their test names each place to fill in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf } from "../../scripts/new-adapter/files.ts";
import { namesOf } from "../../scripts/new-adapter/names.ts";
import { openWorkspace, type Run, type Workspace } from "./workspace.ts";

const names = namesOf("acme-crm");
if (names === undefined) throw new Error("No name");
const paths = Object.keys(filesOf(names));

describe("a new adapter", () => {
  let workspace: Workspace;
  let begun: Run;
  const begin = (...flags: string[]) => workspace.run("node", "scripts/new-adapter.ts", ...flags);

  beforeAll(async () => {
    workspace = openWorkspace(paths);
    begun = await begin("acme-crm");
  }, 60_000);
  afterAll(() => workspace.remove());

  test("is told file by file", () => {
    expect(begun).toMatchObject({ code: 0, printed: expect.stringContaining(paths.join("\n  ")) });
  });

  test("is formatted, without a fault of style, and type-checks", async () => {
    expect(await workspace.run("oxfmt", "--check", ...paths)).toMatchObject({ code: 0 });
    expect(await workspace.run("oxlint", ...paths)).toMatchObject({ code: 0 });
    expect(await workspace.run("tsc")).toEqual({ code: 0, printed: "" });
  }, 120_000);

  test("takes no other's place", async () => {
    const { code, printed } = await begin("zendesk");
    expect([code, printed]).toEqual([
      1,
      expect.stringMatching(/^✘ Nothing was written, since there is schemas\/zendesk\.ts, /),
    ]);
  });

  test("needs a name", async () => {
    expect(await begin()).toEqual({
      code: 1,
      printed: expect.stringMatching(/^✘ Name the vendor in lower-case letters/),
    });
  });
});

test.each(["", "Acme", "acme crm", "acme_crm", "-acme", "acme-", "2acme", "../acme", "é"])("%o is no name", (name) => {
  expect(namesOf(name)).toBeUndefined();
});

test.each([
  ["acme", { vendor: "acme", value: "acme", type: "Acme" }],
  ["acme-crm-2", { vendor: "acme_crm_2", value: "acmeCrm2", type: "AcmeCrm2" }],
])("%s is spelt as the sources spell names", (file, spelt) => {
  expect(namesOf(file)).toEqual({ file, ...spelt });
});
