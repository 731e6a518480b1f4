// Serves the gateway and its sandbox vendors, and says how to call them. Flags after `--` go to `wrangler dev`.
import { fork } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const configs = ["gateway.toml", "wrangler.toml"].flatMap((name) => ["--config", join(root, "sandbox", name)]);

if (process.argv.some((flag) => /^(-c|--config)(=|$)/.test(flag))) {
  console.error("`npm run dev` serves the sandbox's own configuration; for another: npx wrangler dev --config <file>");
  process.exit(1);
}

// Host and port stand in gateway.toml's [dev], so that a flag overrides them. Nothing is asked of the internet, or told:
// with two configurations wrangler does not heed their `send_metrics`.
const server = fork(wrangler, ["dev", ...configs, ...process.argv.slice(2)], {
  env: {
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    ...process.env,
  },
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

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill(signal));
// npm's shell dies of a signal without passing it on: whoever loses the parent stops as well.
const parent = process.ppid;
setInterval(() => process.ppid === parent || server.kill("SIGTERM"), 500).unref();

server.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));

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
