// `npm run dev`: serves the gateway and the sandbox vendors, and prints how to call them. Flags after `--` go to `wrangler dev`.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const configs = ["gateway.toml", "wrangler.toml"].flatMap((name) => ["--config", join(root, "sandbox", name)]);

if (process.argv.some((flag) => /^(-c|--config)(=|$)/.test(flag))) {
  console.error("`npm run dev` has its own configuration. To use another one: npx wrangler dev --config <file>");
  process.exit(1);
}

// The host and the port are in the [dev] table of gateway.toml, so that flags can override them. With two configurations,
// wrangler ignores `send_metrics`, so environment variables turn off all requests to Cloudflare.
const server = spawn(process.execPath, [wrangler, "dev", ...configs, ...process.argv.slice(2)], {
  cwd: root,
  env: {
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    ...process.env,
  },
  stdio: ["inherit", "pipe", "inherit", "ipc"],
});

interface Ready {
  readonly event: string;
  readonly ip: string;
  readonly port: number;
}

server.on("message", (message) => {
  const { event, ip, port } = JSON.parse(String(message)) as Ready;
  if (event === "DEV_SERVER_READY") console.log(welcome(`http://${ip}:${port}`));
});

let isInBindings = false;
if (server.stdout !== null) createInterface(server.stdout).on("line", printLine);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill(signal));
// npm's shell ends on a signal without forwarding the signal. So stop the server when the parent process is gone.
const parent = process.ppid;
setInterval(() => process.ppid === parent || server.kill("SIGTERM"), 500).unref();

// The event `close` comes after the last line of output.
server.on("close", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));

/**
 * Prints a line of wrangler's output. Leaves out the tables of bindings, because they show the running sandbox as
 * "[not connected]". Also removes the "[undefined]" before each line of the gateway's log.
 */
function printLine(line: string): void {
  if (line.endsWith("has access to the following bindings:")) isInBindings = true;
  if (!isInBindings && !/^Service bindings, Durable Object bindings|^\S* ?Your types might be out of date/.test(line))
    console.log(line.replace(/^\[undefined\] /, ""));
  if (line === "") isInBindings = false;
}

function welcome(url: string): string {
  return `
Account Gateway   ${url}
Console           ${url}/
Demo key          demo-key

curl -i ${url}/v1/accounts \\
  -H 'Authorization: Bearer demo-key' \\
  -H 'Gateway-Connection: demo-elastic-path' \\
  -H 'Content-Type: application/json' \\
  -d '{"name":"Acme Corporation"}'
`;
}
