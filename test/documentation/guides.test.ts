import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { blocksIn, example, examples, guides } from "./readme.ts";

/** Kinds of blocks, each of which a test runs. */
const kinds = ["script", "run", "until", "answer", "program", "prints", "signup", "file", "command", "output"];

describe.each([...guides])("%s", (path, text) => {
  it("has no block of code that no test runs", () => {
    const blocks = text.match(/^```\w+$/gm) ?? [];
    const marked = blocksIn(text).filter(({ name }) => /^[\w-]+$/.test(name));
    expect(marked).toHaveLength(blocks.length);
    expect(kinds).toEqual(expect.arrayContaining(marked.map(({ kind }) => kind)));
  });

  it("leads to files that exist", () => {
    for (const [, target = ""] of text.matchAll(/\]\((\.[^)#]*)/g))
      expect(existsSync(join(dirname(path), target))).toBe(true);
  });
});

it.each(examples.filter(({ kind }) => kind === "script"))(
  "npm run $name is what the guide says to run",
  ({ name, text }) => {
    expect(text).toContain(`npm run ${name}\n`);
    expect(Object.keys(packageJson.scripts)).toContain(name);
  },
);

it("an app moves here in under 20 lines", () => {
  const lines = (name: string) => example(name, "signup").trim().split("\n").length;
  expect(lines("after")).toBeLessThan(20);
  expect(lines("after")).toBeLessThan(lines("before") * 0.6);
});
