import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { blocksIn, example, examples, pages } from "./readme.ts";

/** Kinds of blocks, each of which a test runs, whatever the block's name. */
const kinds = ["script", "run", "until", "answer", "program", "prints", "signup", "check", "deploy"].concat(
  ["file", "command", "output"], // by test/cli/command-line.guide.test.ts
);
const tests = globSync("test/documentation/*.test.ts").map((path) => readFileSync(path, "utf8"));
/** An example is what a test asks for by its name, or a connection's. */
const isAsked = (name: string) => tests.some((text) => text.includes(`example("${name}")`)) || name.startsWith("demo-");

it.each([...pages])("%s has no block of code that no test runs", (_path, text) => {
  const blocks = text.match(/^```\w+$/gm) ?? [];
  const marked = blocksIn(text).filter(({ name }) => /^[\w-]+$/.test(name));
  expect(marked).toHaveLength(blocks.length);
  const untested = marked.filter(({ kind, name }) => (kind === "example" ? !isAsked(name) : !kinds.includes(kind)));
  expect(untested).toEqual([]);
});

it.each(["README.md", ...globSync("docs/**/*.md")])("%s leads to files and headings that exist", (path) => {
  const links = [...readFileSync(path, "utf8").matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, target = "", anchor]) => {
    const file = target === "" ? path : join(dirname(path), target);
    return !existsSync(file) || (anchor !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

/** As GitHub makes them of headings. */
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

it("an app moves here in under 20 lines", () => {
  const lines = (name: string) => example(name, "signup").trim().split("\n").length;
  expect(lines("after")).toBeLessThan(20);
  expect(lines("after")).toBeLessThan(lines("before") * 0.6);
});
