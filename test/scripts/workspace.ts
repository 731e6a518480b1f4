/** A copy of the sources, for tests that write files. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const copied = [
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "adapters",
  "docs/vendors",
  "package.json",
  "packages/adapter-kit",
  "sandbox",
  "schemas",
  "scripts",
  "test/adapters",
  "test/fixtures",
  "test/sandbox",
  "test/support",
];

export interface Run {
  code: number;
  /** Both output streams, without colours. */
  printed: string;
}

export interface Workspace {
  folder: string;
  run: (command: string, ...flags: string[]) => Promise<Run>;
  remove: () => void;
}

/** `files`: the files to type-check. `more`: further paths to copy. */
export function openWorkspace(files: readonly string[], more: readonly string[] = []): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  for (const path of [...copied, ...more]) cpSync(path, join(folder, path), { recursive: true });
  cpSync("tsconfig.json", join(folder, "tsconfig.base.json"));
  // The types of workerd are generated, so the copy does not have them.
  const compilerOptions = { types: ["node"], lib: ["ESNext", "DOM", "DOM.Iterable"] };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "./tsconfig.base.json", compilerOptions, files, include: [] }),
  );
  return workspaceIn(folder);
}

/** A copy of everything, with its own configuration. */
export function copyTree(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  const left = new Set([".git", ".wrangler", "dist", "node_modules"]);
  cpSync(".", folder, { recursive: true, filter: (path) => !left.has(basename(path)) });
  return workspaceIn(folder);
}

function workspaceIn(folder: string): Workspace {
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  const run = async (command: string, ...flags: string[]): Promise<Run> => {
    // With this variable, a vitest that the command starts would act as a worker of the current run.
    const { VITEST: _, ...env } = process.env;
    const path = `${join(folder, "node_modules/.bin")}:${env["PATH"]}`;
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: { ...env, PATH: path, NO_COLOR: "1" } };
    try {
      const { stdout, stderr } = await promisify(execFile)(command, flags, options);
      return { code: 0, printed: stdout + stderr };
    } catch (error) {
      const { code = 1, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
      return { code, printed: stdout + stderr };
    }
  };
  return { folder, run, remove: () => rmSync(folder, { recursive: true }) };
}
