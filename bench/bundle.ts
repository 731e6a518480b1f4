/** Bundles of Workers. */
import { execFileSync, type StdioOptions } from "node:child_process";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";
import { unstable_readConfig } from "wrangler";

export const compatibilityDate = unstable_readConfig({ config: "wrangler.toml" }).compatibility_date ?? "";

/** Bundles as a deploy does, and gives the file; its source map stands beside it. `root`: the checkout to bundle in. */
export function bundleForDeploy(entry: string, folder: string, root = "."): string {
  const stdio: StdioOptions = ["ignore", "ignore", "inherit"];
  execFileSync("wrangler", ["deploy", entry, "--dry-run", "--outdir", folder], { cwd: root, stdio });
  return join(folder, `${basename(entry, ".ts")}.js`);
}

/** What is measured against and called: no part of a deploy. `entry`: a file of this folder. */
export function bundleOutside(folder: string, entry = "outside-worker.ts"): string {
  const outfile = join(folder, `${basename(entry, ".ts")}.js`);
  buildSync({ entryPoints: [join(import.meta.dirname, entry)], bundle: true, format: "esm", outfile });
  return outfile;
}
