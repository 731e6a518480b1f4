#!/usr/bin/env node
/** The command `account-gateway`. */
import { run } from "./program.ts";

// Whoever reads what is written may stop, as `head` does: what the command does goes on.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await run(process.argv.slice(2), process);
