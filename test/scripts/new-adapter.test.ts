/** `npm run new-adapter` writes files that pass all checks. test/documentation/adapters.guide.test.ts completes the files. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, namesOf, registry, registryLine } from "../../scripts/new-adapter-files.ts";
import { adapters } from "../../adapters/index.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { openWorkspace, type Run, type Workspace } from "./workspace.ts";

const names = namesOf("acme-crm");
const paths = Object.keys(filesOf(names));
const written = [...paths, registry];
const sources = written.filter((path) => path.endsWith(".ts"));

describe("a new adapter", () => {
  let workspace: Workspace;
  let run: Run;
  const newAdapter = (...flags: string[]) => workspace.run("node", "scripts/new-adapter.ts", ...flags);

  beforeAll(async () => {
    workspace = openWorkspace(sources);
    run = await newAdapter("acme-crm");
  }, 60_000);
  afterAll(() => workspace.remove());

  test("has all its files listed in the output", () => {
    expect(run).toMatchObject({ code: 0, printed: expect.stringContaining(paths.join("\n  ")) });
  });

  test("is formatted, passes the linter, and type-checks", async () => {
    expect(await workspace.run("oxfmt", "--check", ...written)).toMatchObject({ code: 0 });
    expect(await workspace.run("oxlint", ...sources)).toMatchObject({ code: 0 });
    expect(await workspace.run("tsc")).toEqual({ code: 0, printed: "" });
  }, 120_000);

  test("is its own files and one line in the registry", () => {
    const textIn = (folder: string, path: string) => readFileSync(join(folder, path), "utf8");
    const isChanged = (path: string) => !existsSync(path) || textIn(workspace.folder, path) !== textIn(".", path);
    const all = globSync("{adapters,docs,packages,sandbox,schemas,scripts,test}/**/*.*", { cwd: workspace.folder });
    expect(all.filter(isChanged).toSorted()).toEqual(written.toSorted());
    expect(textIn(workspace.folder, registry)).toBe(textIn(".", registry) + registryLine(names));
  });

  test("is registered, but not served by the default gateway", async () => {
    const { printed } = await workspace.run(
      "node",
      "--input-type=module",
      "--eval",
      `import { adapters } from "./adapters/index.ts";
      import { allAdapters, sandboxes } from "./sandbox/sandboxes.ts";
      const { adapter, host } = sandboxes.find(({ connection }) => connection.vendor === "acme_crm");
      console.log(adapters.length, allAdapters.length, adapter.vendor, host);`,
    );
    expect(printed).toBe(`${adapters.length} ${allAdapters.length + 1} acme_crm acme-crm.sandbox.test\n`);
  });

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
    expect(() => namesOf(name)).toThrow(/^Name the vendor in lower-case letters/);
  },
);

test.each([
  ["acme", { vendor: "acme", value: "acme", type: "Acme" }],
  ["acme-crm-2", { vendor: "acme_crm_2", value: "acmeCrm2", type: "AcmeCrm2" }],
])("%s gets these spellings", (file, spellings) => {
  expect(namesOf(file)).toEqual({ file, ...spellings });
});
