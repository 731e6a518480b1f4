/** The gateway in `wrangler dev`, with its state in a temporary folder, so that it can be killed and restarted. */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { unstable_readConfig } from "wrangler";

const root = join(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
/** If the gateway does not answer for this long, restart the dev server too. */
const recoveryMs = 5_000;
const stepMs = 50;
const maxStarts = 3;
/** Kills the process group when the test process ends. Otherwise, Ctrl-C or a kill of the test process would not stop it. */
const endWithParent = 'process.on("disconnect", () => process.kill(0, "SIGKILL"))';

export class Gateway {
  readonly #folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
  #process: ChildProcess | undefined;
  /** Some restarts change the URL. */
  url = "";

  private constructor() {
    process.on("exit", this.#killTree);
  }

  /** Starts the gateway with the bindings of a deploy and these variables. `worker`: the Worker's file. */
  static async start(variables: Record<string, unknown>, worker = "src/index.ts"): Promise<Gateway> {
    const gateway = new Gateway();
    const { name, compatibility_date, durable_objects, migrations } = unstable_readConfig({
      config: join(root, "wrangler.toml"),
    });
    const main = join(root, worker);
    const configuration = { name, main, compatibility_date, durable_objects, migrations, vars: variables };
    writeFileSync(gateway.#configurationFile, JSON.stringify(configuration));
    await gateway.#start();
    return gateway;
  }

  /** Sends SIGKILL to the gateway's workerd. With `everything`, or if `ps` cannot find workerd, also to the dev server. */
  kill(what: "workerd" | "everything"): void {
    const workerds = what === "workerd" ? this.#workerds() : [];
    for (const pid of workerds) killNow(pid);
    if (workerds.length === 0) this.#killTree();
  }

  /** Waits for the dev server to restart workerd, or starts a new dev server. Sends no request to a ledger. */
  async recover(): Promise<void> {
    const endMs = Date.now() + recoveryMs;
    while (Date.now() < endMs && this.#process !== undefined) {
      if (await this.#isUp()) return;
      await pause(stepMs);
    }
    this.#killTree();
    await this.#start();
  }

  async stop(): Promise<void> {
    this.#killTree();
    process.off("exit", this.#killTree);
    await pause(stepMs);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: stepMs });
  }

  get #configurationFile(): string {
    return join(this.#folder, "wrangler.json");
  }

  async #start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#startOnce();
        return;
      } catch (error) {
        // Try again: another process may have taken the free port.
        if (tries === maxStarts) throw error;
      }
    }
  }

  #startOnce(): Promise<void> {
    const flags = ["--config", this.#configurationFile, "--port", "0", "--persist-to", join(this.#folder, "state")];
    const child = fork(wrangler, ["dev", "--ip", "127.0.0.1", ...flags], {
      // Start a new process group, so that one signal can kill the whole group.
      detached: true,
      execArgv: ["--import", `data:text/javascript,${encodeURIComponent(endWithParent)}`],
      silent: true,
      env: {
        ...process.env,
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_SEND_METRICS: "false",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
      },
    });
    this.#process = child;
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => (printed = `${printed}${String(chunk)}`.slice(-10_000)));
    return new Promise((resolve, reject) => {
      child.on("message", (message) => {
        const { event, ip, port } = JSON.parse(String(message)) as { event: string; ip: string; port: number };
        if (event !== "DEV_SERVER_READY") return;
        this.url = `http://${ip}:${port}`;
        resolve();
      });
      child.on("exit", (code) => {
        if (this.#process === child) this.#killTree();
        reject(new Error(`wrangler dev ended with ${code}:\n${printed}`));
      });
    });
  }

  async #isUp(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(1000) })).ok;
    } catch {
      return false;
    }
  }

  readonly #killTree = (): void => {
    if (this.#process?.pid !== undefined) killNow(-this.#process.pid);
    this.#process = undefined;
  };

  /** The workerd processes of this dev server. */
  #workerds(): number[] {
    let listed: string;
    try {
      listed = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
    } catch {
      return [];
    }
    const processes = [...listed.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, command = ""]) => ({
      pid: Number(pid),
      parent: Number(parent),
      // The dev server's proxy is also a `workerd serve` process, but has no inspector.
      isGateway: /\bworkerd serve\b.*--inspector-addr/.test(command),
    }));
    const below = (ancestor: number): typeof processes =>
      processes.filter(({ parent }) => parent === ancestor).flatMap((child) => [child, ...below(child.pid)]);
    return below(this.#process?.pid ?? -1).flatMap(({ pid, isGateway }) => (isGateway ? [pid] : []));
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process has already ended.
  }
}
