// Packs the packages as npm publishes them, and tests them outside the repository: in new projects with the examples of the READMEs,
// and with the checks of the folders in examples/.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "account-gateway-packages-"));

const pins = z.record(z.string(), z.string());
const { version, dependencies, devDependencies } = z
  .object({ version: z.string(), dependencies: pins, devDependencies: pins })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
const pinned = (name: string) => `${name}@${dependencies[name] ?? devDependencies[name]}`;

const run = (cwd: string, command: string, ...args: string[]) => execFileSync(command, args, { cwd, stdio: "inherit" });
const install = (cwd: string, ...packages: string[]) =>
  run(cwd, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", ...packages);
const tarball = (name: string) => join(folder, `account-gateway-${name}-${version}.tgz`);

/** The compiler settings to test. They differ in how TypeScript resolves packages. */
const resolutions = [
  { module: "Node16", moduleResolution: "Node16" },
  { module: "NodeNext", moduleResolution: "NodeNext" },
  { module: "ESNext", moduleResolution: "Bundler" },
];

/** Writes the example of a package's README into a project. */
function writeReadmeExample(cwd: string, name: string): void {
  const readme = readFileSync(join(root, "packages", name, "README.md"), "utf8");
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  if (code !== undefined) writeFileSync(join(cwd, "example.test.ts"), code);
}

/** Makes a project with the package, the given other packages, and the example of the package's README. */
function project(name: string, ...others: string[]): string {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), '{ "type": "module" }');
  install(cwd, tarball(name), ...others);
  writeReadmeExample(cwd, name);
  return cwd;
}

/** Copies an example out of the repository, and installs the packages that it uses. */
function example(name: string, ...packages: string[]): string {
  const cwd = join(folder, name);
  const isOwn = (path: string) => !/[/\\](node_modules|\.wrangler)$/.test(path);
  cpSync(join(root, "examples", name), cwd, { recursive: true, filter: isOwn });
  install(cwd, ...packages.map(tarball));
  return cwd;
}

/** Checks the types of the example and of the package. Leaves out Node's types, so the package's types must be complete. */
function checkTypes(cwd: string): void {
  for (const resolution of resolutions) {
    const options = { target: "ES2024", lib: ["ES2024", "DOM", "DOM.Iterable"], types: [], strict: true, noEmit: true };
    const config = { compilerOptions: { ...options, skipLibCheck: false, ...resolution }, files: ["example.test.ts"] };
    writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify(config));
    run(cwd, join(root, "node_modules/.bin/tsc"));
  }
}

/** Runs the commands of `npm run dev` in the template's README: its gateway creates one account for one key. */
async function checkDevServer(cwd: string): Promise<void> {
  const [, curl = ""] = /^(curl .*?)\n```$/ms.exec(readFileSync(join(cwd, "README.md"), "utf8")) ?? [];
  const server = spawn("npm", ["run", "dev", "--", "--port", "0"], { cwd, detached: true });
  const exit = new Promise<void>((resolve) => server.on("exit", resolve));
  try {
    let printed = "";
    const url = await new Promise<string>((resolve, reject) => {
      server.stdout.on("data", (chunk) => {
        printed += String(chunk);
        const [, ready] = /Ready on (http:\S+)/.exec(printed) ?? [];
        if (ready !== undefined) resolve(ready);
      });
      void exit.then(() => reject(new Error(`npm run dev ended:\n${printed}`)));
    });
    const create = () =>
      execFileSync("bash", ["-c", `${curl.replace("http://127.0.0.1:8787", url)} -si`], { encoding: "utf8" });
    const [first, second] = [create(), create()];
    if (!first.startsWith("HTTP/1.1 201") || !/^idempotent-replayed: true/im.test(second))
      throw new Error(`The gateway of npm run dev answered:\n${first}\n${second}`);
  } finally {
    if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGINT");
    await exit;
  }
}

/** Checks that Cloudflare's types accept the Worker and its Durable Object. */
function checkPlatformTypes(cwd: string): void {
  run(cwd, "npx", "wrangler", "types");
  const code = `
    import gateway, { Ledger } from "./src/index.ts";
    export const handler: ExportedHandler<Env> = gateway;
    export const namespaceOf = (env: Env): DurableObjectNamespace<Ledger> => env.LEDGERS;
    export class OwnLedger extends Ledger {
      constructor(context: DurableObjectState, env: Env) {
        super(context, env);
      }
    }`;
  writeFileSync(join(cwd, "platform.ts"), code);
  const types = ["./worker-configuration.d.ts"];
  const options = { target: "ES2024", lib: ["ES2024"], types, strict: true, noEmit: true, skipLibCheck: false };
  const resolution = { module: "ESNext", moduleResolution: "Bundler", allowImportingTsExtensions: true };
  const config = { compilerOptions: { ...options, ...resolution }, files: ["platform.ts"] };
  writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify(config));
  run(cwd, "npx", "tsc");
}

try {
  run(root, "npm", "pack", "--workspaces", "--pack-destination", folder);

  const client = project("client");
  const installed = readdirSync(join(client, "node_modules")).filter((name) => !name.startsWith("."));
  if (installed.join() !== "@account-gateway,ky") throw new Error(`The client installs ${installed.join(", ")}`);
  checkTypes(client);
  run(client, "node", "--input-type=module", "--eval", 'await import("@account-gateway/client")');

  const cli = project("cli");
  run(cli, "npx", "account-gateway", "--version");
  run(cli, "npx", "account-gateway", "keys", "new", "--name", "billing", "--connection", "acme-crm");

  const testing = project("testing", pinned("msw"), pinned("vitest"));
  checkTypes(testing);
  run(testing, "npx", "vitest", "run");

  const adapterKit = project("adapter-kit", pinned("vitest"), pinned("zod"));
  checkTypes(adapterKit);
  run(adapterKit, "npx", "vitest", "run");

  const signup = example("signup", "client", "testing");
  for (const script of ["typecheck", "test", "build"]) run(signup, "npm", "run", script);

  const ownVendor = example("own-vendor", "server", "testing", "adapter-kit");
  for (const script of ["typecheck", "test", "deploy:dry-run"]) run(ownVendor, "npm", "run", script);
  await checkDevServer(ownVendor);
  checkPlatformTypes(ownVendor);
  writeReadmeExample(ownVendor, "server");
  checkTypes(ownVendor);
} finally {
  rmSync(folder, { recursive: true });
}
