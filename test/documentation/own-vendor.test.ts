/** `docs/guides/own-vendor.md` and the README of `examples/own-vendor`. `npm run test:package` runs that folder's own tests. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import template from "../../examples/own-vendor/package.json" with { type: "json" };
import root from "../../package.json" with { type: "json" };
import server from "../../packages/server/package.json" with { type: "json" };
import { blocksIn } from "./readme.ts";

const guide = readFileSync("docs/guides/own-vendor.md", "utf8");
const readme = readFileSync("examples/own-vendor/README.md", "utf8");
const blocks = blocksIn(guide);
const quotes = blocks.filter(({ kind }) => kind === "from");

it("has no block of code that no test checks", () => {
  expect(guide.match(/^```\w+$/gm)).toHaveLength(blocks.length);
  expect(blocks.filter((block) => !quotes.includes(block)).map(({ kind }) => kind)).toEqual(["install"]);
});

it.each(quotes)("quotes $name exactly", ({ name, text }) => {
  expect(readFileSync(name, "utf8")).toContain(text);
});

it.each([
  ["the guide", guide],
  ["the README", readme],
])("%s names only scripts that the template has", (_name, text) => {
  const scripts = [...text.matchAll(/\bnpm (?:run )?(test\b|(?<=run )[\w:-]+)/g)].map(([, script]) => script);
  expect(scripts).toContain("deploy:dry-run");
  expect(Object.keys(template.scripts)).toEqual(expect.arrayContaining(scripts));
});

it("the template has the versions of this repository", () => {
  const own = Object.fromEntries(
    ["server", "testing", "adapter-kit"].map((name) => [`@account-gateway/${name}`, server.version]),
  );
  const expected: Record<string, string> = { ...root.dependencies, ...root.devDependencies, ...own };
  for (const [name, version] of Object.entries({ ...template.dependencies, ...template.devDependencies }))
    expect([name, version]).toEqual([name, expected[name]]);
});
