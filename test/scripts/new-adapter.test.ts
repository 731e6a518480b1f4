/** `npm run new-adapter` writes files that pass all checks. test/documentation/adapters.guide.test.ts completes the files. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, namesOf } from "../../scripts/new-adapter-files.ts";
import { openWorkspace, type Run, type Workspace } from "./workspace.ts";

const names = namesOf("acme-crm");
if (names === undefined) throw new Error("No name");
const paths = Object.keys(filesOf(names));

describe("a new adapter", () => {
  let workspace: Workspace;
  let written: Run;
  const newAdapter = (...flags: string[]) => workspace.run("node", "scripts/new-adapter.ts", ...flags);

  beforeAll(async () => {
    workspace = openWorkspace(paths);
    written = await newAdapter("acme-crm");
  }, 60_000);
  afterAll(() => workspace.remove());

  test("has all its files listed in the output", () => {
    expect(written).toMatchObject({ code: 0, printed: expect.stringContaining(paths.join("\n  ")) });
  });

  test("is formatted, passes the linter, and type-checks", async () => {
    expect(await workspace.run("oxfmt", "--check", ...paths)).toMatchObject({ code: 0 });
    expect(await workspace.run("oxlint", ...paths)).toMatchObject({ code: 0 });
    expect(await workspace.run("tsc")).toEqual({ code: 0, printed: "" });
  }, 120_000);

  test("does not overwrite an existing adapter", async () => {
    const { code, printed } = await newAdapter("zendesk");
    expect([code, printed]).toEqual([
      1,
      expect.stringMatching(/^✘ Nothing was written, because these files exist: schemas\/zendesk\.ts, /),
    ]);
  });

  test("requires a name", async () => {
    expect(await newAdapter()).toEqual({
      code: 1,
      printed: expect.stringMatching(/^✘ Name the vendor in lower-case letters/),
    });
  });
});

test.each(["", "Acme", "acme crm", "acme_crm", "-acme", "acme-", "2acme", "../acme", "é"])(
  "%o is not a valid name",
  (name) => {
    expect(namesOf(name)).toBeUndefined();
  },
);

test.each([
  ["acme", { vendor: "acme", value: "acme", type: "Acme" }],
  ["acme-crm-2", { vendor: "acme_crm_2", value: "acmeCrm2", type: "AcmeCrm2" }],
])("%s gets these spellings", (file, spellings) => {
  expect(namesOf(file)).toEqual({ file, ...spellings });
});
