/** Runs the command in this process or as a process, and checks that its output never contains the gateway key. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { run as runHere } from "../../../packages/cli/src/program.ts";
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
  /** Leave it out for a command that calls no gateway. */
  url?: string;
  input?: string;
  environment?: Record<string, string>;
}

const environmentOf = ({ url, environment }: RunOptions) => ({
  ...(url !== undefined && { ACCOUNT_GATEWAY_URL: url, ACCOUNT_GATEWAY_KEY: canary }),
  ...environment,
});

/** Runs the command in this process, with its own arguments, environment and streams. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = Readable.from([Buffer.from(options.input ?? "")]);
  const written = Promise.all([text(stdout), text(stderr)]);
  const exitCode = await runHere(args, { env: environmentOf(options), stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  return endedWith(exitCode, await written);
}

/** Runs the command as a process, for tests of pipes, signals and the exit code. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ["packages/cli/src/index.ts", ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...environmentOf(options) },
  });
  child.stdin.end(options.input);
  const ended = async (): Promise<Ended> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return endedWith(child.exitCode, [stdout, stderr]);
  };
  return { process: child, ended: ended() };
}

function endedWith(exitCode: number | null, [stdout, stderr]: [string, string]): Ended {
  expect(`${stdout}${stderr}`).not.toContain(canary);
  return { exitCode, stdout, stderr };
}
