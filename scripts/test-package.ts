// Runs the checks of examples/signup against the package as npm publishes it: packed, and installed into a copy of the example
// outside of the repository.
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "account-gateway-package-"));
const app = join(folder, "signup");
const npm = (cwd: string, ...flags: string[]) => execFileSync("npm", flags, { cwd, stdio: "inherit" });

try {
  npm(root, "pack", "--pack-destination", folder);
  const packed = globSync(join(folder, "*.tgz"));
  const isOwn = (path: string) => !/[/\\](node_modules|\.wrangler)$/.test(path);
  cpSync(join(root, "examples/signup"), app, { recursive: true, filter: isOwn });
  npm(app, "install", "--prefer-offline", "--no-audit", "--no-fund", ...packed);
  for (const script of ["typecheck", "test", "build"]) npm(app, "run", script);
} finally {
  rmSync(folder, { recursive: true });
}
