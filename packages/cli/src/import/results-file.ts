/**
 * What became of each row, one JSON object a line: appended as results arrive, and read by the next run. A line is written
 * before its row counts as done, so that a process that is killed loses no more than the rows that it was sending.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from "node:fs";
import * as z from "zod/mini";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { parseJson } from "../read-text.ts";
import { firstKey } from "./row-key.ts";

/** The results name accounts and quote vendors: nobody but the file's owner reads a file that is made here. */
const ownerOnly = 0o600;

/** The file's first line: what its results are about. */
const headingNames = { gateway: "the gateway", connection: "the connection", key_column: "the key column" } as const;
const heading = z.record(z.enum(["gateway", "connection", "key_column"]), z.string());
export type Heading = z.infer<typeof heading>;

const row = { row: z.int(), key: z.string(), account_sha256: z.string(), at: z.iso.datetime() };
const problem = z.looseObject({
  code: z.string(),
  detail: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
const result = z.discriminatedUnion("state", [
  z.object({
    ...row,
    state: z.literal("created"),
    id: z.string(),
    operation: z.nullable(z.string()),
    warnings: z.array(z.looseObject({})),
  }),
  z.object({ ...row, state: z.literal("failed"), problem }),
  z.object({ ...row, state: z.literal("unknown"), problem }),
]);
export type Result = z.infer<typeof result>;

export interface ResultsFile {
  /** What earlier runs have told of a row, by its first key. */
  earlier: ReadonlyMap<string, Result>;
  append: (result: Result) => void;
  close: () => void;
}

export function openResults(file: string, about: Heading): ResultsFile {
  const text = existsSync(file) ? attempt(() => readFileSync(file, "utf8")) : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...results] = whole.split("\n").slice(0, -1);
  if (text !== "") holdHeading(file, first ?? text, about);
  const earlier = new Map<string, Result>();
  for (const [index, line] of results.entries()) {
    const read = parseLine(file, index + 2, line);
    const key = firstKey(read.key);
    // Nothing that is told later takes an account away.
    if (earlier.get(key)?.state !== "created") earlier.set(key, read);
  }

  // A crash of the machine may have cut the last line short.
  if (whole.length < text.length) attempt(() => truncateSync(file, Buffer.byteLength(whole)));
  const descriptor = attempt(() => openSync(file, "a", ownerOnly));
  const append = (line: Heading | Result) => attempt(() => appendFileSync(descriptor, `${JSON.stringify(line)}\n`));
  if (first === undefined) append(about);
  return { earlier, append, close: () => closeSync(descriptor) };
}

function attempt<Done>(use: () => Done): Done {
  try {
    return use();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      exitCodes.usage,
      `The results file cannot be read and written (${why}): mend that, or name another one with --results, and run it again.`,
    );
  }
}

function holdHeading(file: string, line: string, about: Heading): void {
  const read = heading.safeParse(parseJson(line));
  if (!read.success)
    throw new Failure(exitCodes.usage, `${file} is no results file of an import: name another one with --results.`);
  const held = read.data;
  const differing = heading.def.keyType.options.filter((name) => held[name] !== about[name]);
  if (differing.length === 0) return;
  const differences = differing.map((name) => `${headingNames[name]} ${held[name]}, not ${about[name]}`).join("; ");
  throw new Failure(
    exitCodes.usage,
    `${file} holds the results of ${differences}: go on with those, or name another file with --results.`,
  );
}

function parseLine(file: string, lineNumber: number, line: string): Result {
  const read = result.safeParse(parseJson(line));
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    `Line ${lineNumber} of ${file} is no result. Remove that line, and run it again: its row is sent with the same key.`,
  );
}
