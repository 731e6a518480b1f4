/** The command, run as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { canary } from "./gateway.ts";

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Ended>;
}

interface RunOptions {
  /** None for a command that calls no gateway. */
  url?: string;
  input?: string;
  environment?: Record<string, string>;
}

/** What it writes never holds the gateway key. */
export function start(args: readonly string[], { url, input = "", environment = {} }: RunOptions = {}): Running {
  const child = spawn(process.execPath, ["cli/index.ts", ...args], {
    env: {
      PATH: process.env["PATH"],
      ...(url !== undefined && { ACCOUNT_GATEWAY_URL: url, ACCOUNT_GATEWAY_KEY: canary }),
      ...environment,
    },
  });
  child.stdin.end(input);
  const ended = async (): Promise<Ended> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect(`${stdout}${stderr}`).not.toContain(canary);
    return { exitCode: child.exitCode, stdout, stderr };
  };
  return { process: child, ended: ended() };
}

export const run = (args: readonly string[], options?: RunOptions): Promise<Ended> => start(args, options).ended;
