/** Where a command runs: results go to stdout, everything about the run to stderr, with colours where a terminal shows them. */
import type { Readable, Writable } from "node:stream";
import { render, type Text } from "./text.ts";

/** What a command has of the process that runs it. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { isTTY?: boolean };
}

export class Shell {
  readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  print(...lines: Text[]): void {
    for (const line of lines) this.host.stdout.write(`${render(line, this.host.stdout)}\n`);
  }

  /** What is about the run. */
  tell(...lines: Text[]): void {
    for (const line of lines) this.host.stderr.write(`${render(line, this.host.stderr)}\n`);
  }
}
