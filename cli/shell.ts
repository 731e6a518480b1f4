/** Where a command runs: results go to stdout, everything about the run to stderr, with colours where a terminal shows them. */
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

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

  print(text: string): void {
    this.host.stdout.write(`${text}\n`);
  }

  /** What is about the run. */
  tell(text: string): void {
    this.host.stderr.write(`${text}\n`);
  }

  /** For stdout; plain where that is no terminal, or `NO_COLOR` is set. */
  styled(style: Parameters<typeof styleText>[0], text: string): string {
    return text === "" ? "" : styleText(style, text, { stream: this.host.stdout });
  }
}
