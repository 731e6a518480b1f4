/** A copy of the sources, for what writes files among them. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const copied = [
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "adapters",
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
  /** On both streams, without colours. */
  printed: string;
}

export interface Workspace {
  folder: string;
  run: (command: string, ...flags: string[]) => Promise<Run>;
  remove: () => void;
}

/** `files`: what is to be type-checked; `more`: what is to be copied beside the rest. */
export function openWorkspace(files: readonly string[], more: readonly string[] = []): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  for (const path of [...copied, ...more]) cpSync(path, join(folder, path), { recursive: true });
  cpSync("tsconfig.json", join(folder, "tsconfig.base.json"));
  // Without the types of workerd, which are generated.
  const compilerOptions = { types: ["node"], lib: ["ESNext", "DOM", "DOM.Iterable"] };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "./tsconfig.base.json", compilerOptions, files, include: [] }),
  );
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  const run = async (command: string, ...flags: string[]): Promise<Run> => {
    // A run of vitest within one is a run of its own.
    const { VITEST: _, ...env } = process.env;
    const path = `${join(folder, "node_modules/.bin")}:${env["PATH"]}`;
    const options = { cwd: folder, env: { ...env, PATH: path, NO_COLOR: "1" } };
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
