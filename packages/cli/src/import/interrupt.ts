import { exitCodes } from "../exit-codes.ts";
import type { Shell } from "../shell.ts";

/** Ctrl-C once aborts the signal, and a second time the process. */
export function interruption(shell: Shell): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    shell.tell("Stopping when the rows under way are answered; Ctrl-C again stops at once, and loses nothing either.");
  };
  process.on("SIGINT", interrupt);
  return { signal: controller.signal, end: () => void process.off("SIGINT", interrupt) };
}
