/** Starts `npm run dev`, and stops it with SIGINT. */
import { type ChildProcess, spawn } from "node:child_process";

export const startTimeoutMs = 60_000;

export interface DevServer {
  url: string;
  printed: string;
  process: ChildProcess;
}

/** Starts the dev server on a free port, with its state in the folder. Waits until the server prints that it is ready. */
export function startDevServer(state: string): Promise<DevServer> {
  const child = spawn("npm", ["run", "dev", "--", "--port", "0", "--persist-to", state], { detached: true });
  let printed = "";
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
      const [, url] = /Account Gateway {3}(http:\S+)[\s\S]*'\{"name":"Acme Corporation"\}'\n/.exec(printed) ?? [];
      if (url !== undefined) resolve({ url, printed, process: child });
    });
    child.on("exit", (code) => reject(new Error(`npm run dev ended with ${code}:\n${printed}`)));
  });
}

/** Stops the dev server as Ctrl-C does: sends the signal to the whole process group. */
export function stopDevServer({ process: child }: DevServer): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", () => resolve());
    if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
  });
}
