/** `npm run dependencies:check` requires a hash for every package that can have one. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const integrity = "sha512-AAAA";
const binary = { optional: true, os: ["aix"], cpu: ["ppc64"] };

async function check(entry: object, isInstalled = false) {
  const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  const one = { version: "1.0.0", license: "MIT", ...entry };
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ dependencies: {}, devDependencies: {}, allowScripts: {} }),
  );
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: { "": {}, "node_modules/one": one } }));
  if (isInstalled) mkdirSync(join(folder, "node_modules/one"), { recursive: true });
  return promisify(execFile)(process.execPath, ["scripts/check-dependencies.ts", folder]).then(
    () => "passed",
    ({ stderr }: { stderr: string }) => stderr,
  );
}

describe.concurrent("a package", () => {
  it.each([
    ["with a SHA-512", { integrity }, false],
    ["of another platform, without a hash", binary, false],
  ])("%s is accepted", async (_what, entry, isInstalled) => {
    expect(await check(entry, isInstalled)).toBe("passed");
  });

  it.each([
    ["without a hash", {}, false],
    ["with a weak hash", { integrity: "sha1-AAAA" }, false],
    ["that is optional, without a hash", { optional: true }, false],
    ["for another platform but installed, without a hash", binary, true],
  ])("%s is reported", async (_what, entry, isInstalled) => {
    expect(await check(entry, isInstalled)).toContain("one has no SHA-512 `integrity`");
  });
});
