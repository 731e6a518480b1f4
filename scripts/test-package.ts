// Packs the packages as npm publishes them, and tests them outside the repository: in new projects with the examples of the READMEs,
// and with the checks of the folders in examples/.
import { execFileSync } from "node:child_process";
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

/** Makes a project with the package, the given other packages, and the example of the package's README. */
function project(name: string, ...others: string[]): string {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "package.json"), '{ "type": "module" }');
  install(cwd, tarball(name), ...others);
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(root, "packages", name, "README.md"), "utf8")) ?? [];
  if (code !== undefined) writeFileSync(join(cwd, "example.test.ts"), code);
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

  const server = project("server", pinned("zod"));
  checkTypes(server);

  const signup = example("signup", "client", "testing");
  for (const script of ["typecheck", "test", "build"]) run(signup, "npm", "run", script);

  const ownVendor = example("own-vendor", "server", "testing", "adapter-kit");
  for (const script of ["typecheck", "test", "deploy:dry-run"]) run(ownVendor, "npm", "run", script);
  checkPlatformTypes(ownVendor);
} finally {
  rmSync(folder, { recursive: true });
}
