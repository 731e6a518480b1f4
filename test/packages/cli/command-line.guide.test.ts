/** Runs every command of `docs/reference/command-line.md`, in order, in one shell. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway } from "./gateway.ts";

const startTimeoutMs = 60_000;
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
}, startTimeoutMs);
afterAll(() => gateway.stop());

const guide = readFileSync("docs/reference/command-line.md", "utf8");
const blocks = [...guide.matchAll(/<!-- (\w+): ([\w-]+) -->\n+```(\w+)\n([\s\S]*?)```/g)].map(
  ([, kind = "", name = "", language = "", text = ""]) => ({ kind, name, language, text }),
);

it("every command on the page exits and prints as the page says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  for (const { kind, name, language, text } of blocks)
    if (kind === "file") writeFileSync(join(folder, `${name}.${language}`), text);
  const commands = blocks.filter(({ kind }) => kind === "command");
  expect(commands.length).toBeGreaterThan(4);
  const script = commands.flatMap(({ text }, index) => [text.trim(), `echo "== $? of ${index}"`]).join("\n");
  const localScript = script
    .replaceAll("npx account-gateway", `"${process.execPath}" "${resolve("packages/cli/src/index.ts")}"`)
    .replaceAll("http://127.0.0.1:8787", gateway.url);
  const printed = (await promisify(execFile)("bash", ["-c", localScript], { cwd: folder })).stdout;
  expect([...printed.matchAll(/^== (\d+) of/gm)].map(([, exitCode]) => exitCode)).toEqual(
    commands.map(({ name }) => name),
  );
  for (const { text } of blocks.filter(({ kind }) => kind === "output")) expect(printed).toContain(text);
}, 120_000);

it("every code block on the page is tested", () => {
  expect(guide.match(/^```\w+$/gm)).toHaveLength(blocks.length);
});
