#!/usr/bin/env node
/** The command `account-gateway`. */
import { run } from "./program.ts";

// A reader such as `head` may close the pipe early. The command keeps running, so that an import finishes.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await run(process.argv.slice(2), process);
