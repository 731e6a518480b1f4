/** Runs Workers in plain workerd: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Worker {
  /** Serves every name of `sockets`. */
  name: string;
  /** The file of its bundle. */
  bundle: string;
  /** A class that the bundle exports, bound as `LEDGERS`. */
  ledger?: string;
  variables?: Record<string, unknown>;
  /** Each socket's entrypoint of the Worker; `undefined` is its default export. */
  sockets: Record<string, string | undefined>;
}

export interface Options {
  /** An empty folder of its own, which the databases are kept in. */
  folder: string;
  compatibilityDate: string;
  workers: readonly Worker[];
  /** Where a profiler finds it, as `host:port`. */
  inspector?: string;
}

export interface Running<Socket extends string = string> {
  /** By socket. */
  origins: Record<Socket, string>;
  /** What it holds of the machine's memory by now. */
  memoryMiB: () => number;
  /** CPU time that it has used by now. */
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
  // It would outlive a bench that fails.
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
    // Behind the command in parentheses: utime is the 12th value, stime the 13th, both in ticks of 10 ms.
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

function serviceOf({ name, bundle, ledger, variables = {} }: Worker, { folder, compatibilityDate }: Options): string {
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

/** Text in Cap'n Proto is written as in JSON, as far as it is needed here. */
const text = (value: string): string => JSON.stringify(value);
