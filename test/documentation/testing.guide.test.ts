/** `docs/guides/testing-an-app.md`: its programs run, and its table lists the scenarios. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { gatewayScenarios } from "../../packages/testing/src/index.ts";
import { blocksIn } from "./readme.ts";

const guide = readFileSync("docs/guides/testing-an-app.md", "utf8");
const blocks = blocksIn(guide).filter(({ kind }) => kind === "testing");
const programs = blocks.filter(({ language }) => language === "ts");
const folder = mkdtempSync(join(tmpdir(), "account-gateway-testing-"));

/** Replaces each package in the program's imports by the URL of the package's file. */
function written(text: string): string {
  return text.replaceAll(/ from "((?:@account-gateway|msw)[^"]*)"/g, (_, name: string) => {
    const found = name === "@account-gateway/testing" ? "../../packages/testing/src/index.ts" : name;
    return ` from ${JSON.stringify(import.meta.resolve(found))}`;
  });
}

for (const { name, text } of programs) writeFileSync(join(folder, name), written(text));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

it("has no block of code that no test runs", () => {
  expect(guide.match(/^```\w+$/gm)).toHaveLength(blocks.length);
  expect(blocks.filter(({ language }) => language !== "ts").map(({ name }) => name)).toEqual(["install"]);
});

it.each(programs)("$name runs", { timeout: 60_000 }, async ({ name }) => {
  const { stdout } = await promisify(execFile)("node", [join(folder, name)]);
  expect(stdout).not.toContain("not ok");
});

it("lists every scenario, with what an app sees of it", () => {
  const [, rows = ""] = /<!-- table: scenarios -->\n\n.*\n.*\n((?:\|.*\n)*)/.exec(guide) ?? [];
  const listed = rows
    .trim()
    .split("\n")
    .map((row) => row.replaceAll(/ +\|/g, " |"));
  expect(listed).toEqual(Object.entries(gatewayScenarios).map(([name, sees]) => `| \`${name}\` | ${sees} |`));
});
