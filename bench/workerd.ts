/**
 * Bundles Workers and runs them in workerd. This file defines workerd's configuration:
 * https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { buildSync } from "esbuild";
import { unstable_readConfig } from "wrangler";

export const root = join(import.meta.dirname, "..");
const compatibilityDate = unstable_readConfig({ config: join(root, "wrangler.toml") }).compatibility_date ?? "";

/** Bundles the tree at `checkout` as a deploy does. Returns the path of the bundle. The source map is next to the bundle. */
export function bundleForDeploy(entry: string, folder: string, checkout = root): string {
  const flags = ["deploy", entry, "--dry-run", "--outdir", folder];
  execFileSync("wrangler", flags, { cwd: checkout, stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, `${basename(entry, ".ts")}.js`);
}

/** Bundles a Worker of this folder, such as a baseline or a vendor. */
export function bundleOutside(folder: string, entry = "outside-worker.ts"): string {
  const outfile = join(folder, `${basename(entry, ".ts")}.js`);
  buildSync({ entryPoints: [join(import.meta.dirname, entry)], bundle: true, format: "esm", outfile });
  return outfile;
}

/** Starts the vendor in its own process. */
export async function startVendor(folder: string, bundle: string) {
  const { origins, stop } = await startWorkerd({
    folder: join(folder, "vendor"),
    workers: [{ name: "vendor", bundle, sockets: { vendor: "vendor" } }],
  });
  return { origin: origins["vendor"] ?? "", stop };
}

export interface Worker {
  name: string;
  /** The path of the bundle. */
  bundle: string;
  /** The exported class to bind as `LEDGERS`. */
  ledger?: string;
  variables?: Record<string, unknown>;
  /** The entrypoint that each socket serves; `undefined` is the default export. */
  sockets: Record<string, string | undefined>;
}

export interface Options {
  /** An empty folder for the databases. */
  folder: string;
  workers: readonly Worker[];
  /** The address of the inspector, as `host:port`. */
  inspector?: string;
}

export interface Running<Socket extends string = string> {
  /** The origin of each socket, by its name. */
  origins: Record<Socket, string>;
  /** The resident memory of the process. */
  memoryMiB: () => number;
  /** The CPU time, user and system, that the process has used so far. */
  cpuMs: () => number;
  stop: () => Promise<void>;
}

/** Resolves when every socket listens. */
export async function startWorkerd(options: Options): Promise<Running> {
  const { folder, workers, inspector } = options;
  mkdirSync(join(folder, "storage"), { recursive: true });
  const configuration = join(folder, "workerd.capnp");
  writeFileSync(configuration, configurationOf(options));
  const inspected = inspector === undefined ? [] : [`--inspector-addr=${inspector}`];
  const server = spawn("workerd", ["serve", configuration, "--control-fd=3", ...inspected], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  // Otherwise workerd would keep running after the bench fails.
  process.once("exit", () => server.kill("SIGKILL"));
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };

  const memoryMiB = () => {
    const [, kB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8")) ?? [];
    return Math.round(Number(kB) / 1024);
  };

  const cpuMs = () => {
    // After the command in parentheses, the 12th value is utime and the 13th is stime. Both count ticks of 10 ms.
    const values = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return 10 * (Number(values[11]) + Number(values[12]));
  };

  const expected = workers.flatMap(({ sockets }) => Object.keys(sockets)).length;
  const origins: Record<string, string> = {};
  for await (const line of createInterface(server.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number };
    if (event === "listen") origins[socket] = `http://127.0.0.1:${port}`;
    if (Object.keys(origins).length === expected) return { origins, memoryMiB, cpuMs, stop };
  }
  throw new Error("workerd did not start");
}

function configurationOf(options: Options): string {
  const { folder, workers } = options;
  const sockets = workers.flatMap((worker) => Object.entries(worker.sockets).map((entry) => ({ worker, entry })));
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["private"])),
    (name = "storage", disk = (path = ${text(join(folder, "storage"))}, writable = true)),
${workers.map((worker) => serviceOf(worker, options)).join("\n")}
  ],
  sockets = [
${sockets
  .map(({ worker: { name }, entry: [socket, entrypoint] }) => {
    const service = entrypoint === undefined ? text(name) : `(name = ${text(name)}, entrypoint = ${text(entrypoint)})`;
    return `    (name = ${text(socket)}, address = "127.0.0.1:0", http = (), service = ${service}),`;
  })
  .join("\n")}
  ],
);
`;
}

function serviceOf({ name, bundle, ledger, variables = {} }: Worker, { folder }: Options): string {
  const bindings = Object.entries(variables).map(([variable, value]) =>
    typeof value === "string"
      ? `(name = ${text(variable)}, text = ${text(value)})`
      : `(name = ${text(variable)}, json = ${text(JSON.stringify(value))})`,
  );
  const namespaces = [];
  if (ledger !== undefined) {
    bindings.push(`(name = "LEDGERS", durableObjectNamespace = ${text(ledger)})`);
    namespaces.push(
      `(className = ${text(ledger)}, uniqueKey = ${text(`${name}-${ledger}`)}, enableSql = true, preventEviction = true)`,
    );
  }
  return `    (name = ${text(name)}, worker = (
      modules = [(name = "worker", esModule = embed ${text(relative(folder, bundle))})],
      compatibilityDate = ${text(compatibilityDate)},
      bindings = [${bindings.join(", ")}],
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "storage"),
    )),`;
}

/** Writes a Cap'n Proto string. For the values used here, the syntax is the same as in JSON. */
const text = (value: string): string => JSON.stringify(value);
