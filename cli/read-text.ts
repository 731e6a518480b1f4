import { readFileSync } from "node:fs";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";

/** A file by its path, or what is piped in, by `-`. */
export function readText(file: string): string {
  const name = file === "-" ? "The input" : file;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(exitCodes.usage, `${name} cannot be read (${why}): check its path and permissions.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new Failure(exitCodes.usage, `${name} is not UTF-8: save it as UTF-8 (in Excel: "CSV UTF-8") and try again.`);
  }
}

/** `undefined` where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
