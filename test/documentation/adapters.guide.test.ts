/** `docs/guides/adding-a-vendor.md`: its quotes match the files, and its commands do what the page says. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesOf, namesOf, registry, registryLine } from "../../scripts/new-adapter-files.ts";
import { openWorkspace, type Workspace } from "../scripts/workspace.ts";
import { blocksIn } from "./readme.ts";

const page = readFileSync("docs/guides/adding-a-vendor.md", "utf8");
const blocks = blocksIn(page);
const block = (kind: string, name: string): string => {
  const found = blocks.find((each) => each.kind === kind && each.name === name);
  if (found === undefined) throw new Error(`The page has no \`${kind}: ${name}\``);
  return found.text;
};

test("every block of code is marked, so that a test runs it", () => {
  expect([...page.matchAll(/^```\w/gm)]).toHaveLength(blocks.length);
});

test.each(blocks.filter(({ kind }) => kind === "from"))("quotes $name exactly", ({ name, text }) => {
  expect(readFileSync(name, "utf8")).toContain(text);
});

test("states the number of lines", () => {
  const [, ...stated] = /: (\d+) lines of wire shapes, (\d+) of adapter and (\d+) of\s+sandbox/.exec(page) ?? [];
  const [documents = 0, schemas = 0, ...others] = ["schemas/documents", "schemas", "adapters", "sandbox"].map(
    (folder) => readFileSync(`${folder}/zendesk.ts`, "utf8").split("\n").length - 1,
  );
  expect(stated.map(Number)).toEqual([documents + schemas, ...others]);
});

describe("leads", () => {
  const names = namesOf("zendesk");
  const paths = Object.keys(filesOf(names));
  let workspace: Workspace;
  const run = (name: string) => workspace.run("bash", "-c", block("run", name));

  beforeAll(() => {
    workspace = openWorkspace([]);
  });
  afterAll(() => workspace.remove());

  test("from no files to a test that passes", { timeout: 180_000 }, async () => {
    for (const path of paths) rmSync(join(workspace.folder, path));
    const registered = readFileSync(registry, "utf8");
    writeFileSync(join(workspace.folder, registry), registered.replace(registryLine(names), ""));
    expect(await run("begin")).toMatchObject({ code: 0 });
    const { code, printed } = await run("open");
    expect(code).toBe(1);
    const open = [...printed.matchAll(/^AssertionError: (\S+): \/?Fill in /gm)].map(([, at]) => at);
    expect(open).toEqual(block("printed", "open").trim().split("\n"));
    expect(readFileSync(join(workspace.folder, registry), "utf8")).toBe(registered);
    for (const path of paths) cpSync(path, join(workspace.folder, path));
    expect(await run("green")).toMatchObject({ code: 0 });
  });

  test("to an adapter in a package that passes the suite", { timeout: 120_000 }, async () => {
    const file = "test/acme.test.ts";
    const text = block("run", "author").replace("@account-gateway/adapter-kit", "../packages/adapter-kit/src/index.ts");
    writeFileSync(join(workspace.folder, file), text);
    const passed = await workspace.run("vitest", "run", file);
    expect([passed.code, passed.printed]).toEqual([0, expect.stringMatching(/Tests +\d\d passed/)]);
    writeFileSync(join(workspace.folder, file), text.replace('key: "crm-4711", owner', 'key: "crm-4712", owner'));
    expect(await workspace.run("vitest", "run", file, "-t", "the reply becomes the account")).toMatchObject({
      code: 1,
    });
  });
});
