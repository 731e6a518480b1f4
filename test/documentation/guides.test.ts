import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { blocksIn, example, examples, pages, paths, table } from "./readme.ts";

/** The kinds of blocks that a test runs, whatever the block's name. */
const kinds = ["script", "run", "until", "answer", "program", "prints", "signup", "check", "deploy"].concat(
  ["connection", "install"],
  ["file", "command", "output"], // by test/packages/cli/command-line.guide.test.ts
);
const tests = globSync("test/documentation/*.test.ts").map((path) => readFileSync(path, "utf8"));
/** Tests use an example by its name, and an example of a demo connection by the connection's id. */
const isUsed = (name: string) => tests.some((text) => text.includes(`example("${name}")`)) || name.startsWith("demo-");

it.each([...pages])("%s has no block of code that no test runs", (_path, text) => {
  const blocks = text.match(/^```\w+$/gm) ?? [];
  const marked = blocksIn(text).filter(({ name }) => /^[\w-]+$/.test(name));
  expect(marked).toHaveLength(blocks.length);
  const untested = marked.filter(({ kind, name }) => (kind === "example" ? !isUsed(name) : !kinds.includes(kind)));
  expect(untested).toEqual([]);
});

it("the README has at most 8 kB", () => {
  expect(statSync("README.md").size).toBeLessThanOrEqual(8192);
});

it("the index names every page", () => {
  const index = readFileSync("docs/README.md", "utf8");
  const inDocs = paths.filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  const isNamed = (path: string) => index.includes(`](${path})`) || index.includes(`](${dirname(path)}/)`);
  expect(inDocs.map((path) => path.slice("docs/".length)).filter((path) => !isNamed(path))).toEqual([]);
});

it.each([...paths, "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"])(
  "%s links to files and headings that exist",
  (path) => {
    const links = [...readFileSync(path, "utf8").matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, target = "", anchor]) => {
      const file = target === "" ? path : join(dirname(path), target);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  },
);

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^##+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

it.each(examples.filter(({ kind }) => kind === "script"))(
  "npm run $name is what the page says to run",
  ({ name, text }) => {
    expect(text).toMatch(new RegExp(`npm (run )?${name}(\\s|$)`));
    expect(Object.keys(packageJson.scripts)).toContain(name);
  },
);

it("CONTRIBUTING.md names every step of the gate", () => {
  const steps = readFileSync(".ci/run", "utf8").matchAll(/(?:\bnpm run|^run_tests) ([\w:-]+)/gm);
  expect(table("gate").map(([step]) => step)).toEqual([...steps].map(([, script]) => `\`npm run ${script}\``));
});

/** Our packages are not in any registry. */
describe("an `npm install` of our own packages", () => {
  const installs = paths.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/```sh\n([^`]*npm install [^`]*)```/g)].map(([, text = ""]) => [
      path,
      text,
    ]),
  );

  it("is never from a registry", () => {
    expect(installs.length).toBeGreaterThan(5);
    for (const path of paths)
      expect(readFileSync(path, "utf8")).not.toMatch(/npm install (?:--save-dev )?@?account-gateway/);
  });

  it.each(installs)("packs the package first in %s", (_path, text) => {
    const packs = [...text.matchAll(/^npm pack -w packages\/([\w-]+) +# in the checkout, after npm ci$/gm)];
    expect(packs).not.toEqual([]);
    for (const [, packed] of packs) {
      expect(["client", "cli", "testing", "adapter-kit", "server"]).toContain(packed);
      expect(text).toContain(`<checkout>/account-gateway-${packed}-${packageJson.version}.tgz`);
    }
  });
});

it("an app that moved to the gateway has fewer than 20 lines", () => {
  const lines = (name: string) => example(name, "signup").trim().split("\n").length;
  expect(lines("after")).toBeLessThan(20);
  expect(lines("after")).toBeLessThan(lines("before") * 0.6);
});
