/** Reads a file or piped input as UTF-8. */
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { exitCodes, Failure } from "./failure.ts";

export function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  return decode(file, bytes);
}

/** Waits for the end of the input, however long it takes. */
export async function readPiped(stdin: Readable): Promise<string> {
  const name = "The input";
  const bytes = await buffer(stdin).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  return decode(name, bytes);
}

function unreadable(name: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(exitCodes.usage, `${name} cannot be read (${reason}): check its path and permissions.`);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Failure(exitCodes.usage, `${name} is not UTF-8: save it as UTF-8 (in Excel: "CSV UTF-8") and try again.`);
  }
}
