/**
 * The results file: one JSON object per line. The import appends each result as it arrives, and the next run reads the file.
 * So a killed process loses only the results of rows in progress.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from "node:fs";
import * as z from "zod/mini";
import { exitCodes, Failure } from "../failure.ts";
import { parseJson } from "../../../../schemas/parse-json.ts";
import type { CheckedRow } from "./check-rows.ts";
import { firstKey, nextKey } from "./row-key.ts";

/** Only the owner may read the file, because results contain account names and vendor messages. */
const ownerOnly = 0o600;

/** The first line identifies the import. */
const headingNames = { gateway: "the gateway", connection: "the connection", key_column: "the key column" } as const;
const headingSchema = z.record(z.enum(["gateway", "connection", "key_column"]), z.string());
export type Heading = z.infer<typeof headingSchema>;

const rowMembers = { row: z.int(), key: z.string(), account_sha256: z.string(), at: z.iso.datetime() };
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
const resultSchema = z.discriminatedUnion("state", [
  z.object({
    ...rowMembers,
    state: z.literal("created"),
    id: z.string(),
    operation: z.nullable(z.string()),
    warnings: z.array(z.looseObject({})),
  }),
  z.object({ ...rowMembers, state: z.literal("failed"), problem: problemSchema }),
  z.object({ ...rowMembers, state: z.literal("unknown"), problem: problemSchema }),
]);
export type Result = z.infer<typeof resultSchema>;

export interface ResultsFile {
  /** The results of earlier runs, by the first key of the row. */
  earlier: ReadonlyMap<string, Result>;
  append: (result: Result) => void;
  close: () => void;
}

export function openResults(file: string, heading: Heading): ResultsFile {
  const text = existsSync(file) ? attempt(() => readFileSync(file, "utf8")) : "";
  const completeLines = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = completeLines.split("\n").slice(0, -1);
  if (text !== "") checkHeading(file, first ?? text, heading);
  const earlier = new Map<string, Result>();
  for (const [index, line] of lines.entries()) {
    const result = readResult(file, index + 2, line);
    const key = firstKey(result.key);
    // The latest result counts, except that a created account stays created.
    if (earlier.get(key)?.state !== "created") earlier.set(key, result);
  }

  // A crash of the machine may have cut the last line short: remove it.
  if (completeLines.length < text.length) attempt(() => truncateSync(file, Buffer.byteLength(completeLines)));
  const descriptor = attempt(() => openSync(file, "a", ownerOnly));
  const append = (line: Heading | Result) => attempt(() => appendFileSync(descriptor, `${JSON.stringify(line)}\n`));
  if (first === undefined) append(heading);
  return { earlier, append, close: () => closeSync(descriptor) };
}

function attempt<Value>(useFile: () => Value): Value {
  try {
    return useFile();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      exitCodes.usage,
      `The results file cannot be read or written (${reason}): correct the cause, or pass another file to --results. Then run the same command again.`,
    );
  }
}

function checkHeading(file: string, line: string, expected: Heading): void {
  const read = headingSchema.safeParse(parseJson(line));
  if (!read.success)
    throw new Failure(exitCodes.usage, `${file} is not a results file of an import: pass another file to --results.`);
  const actual = read.data;
  const differing = headingSchema.def.keyType.options.filter((name) => actual[name] !== expected[name]);
  if (differing.length === 0) return;
  const describe = (heading: Heading) =>
    differing.map((name) => `${headingNames[name]} ${heading[name]}`).join(" and ");
  throw new Failure(
    exitCodes.usage,
    `${file} contains results for ${describe(actual)}, but this import uses ${describe(expected)}: use ${describe(actual)}, or pass another file to --results.`,
  );
}

function readResult(file: string, lineNumber: number, line: string): Result {
  const read = resultSchema.safeParse(parseJson(line));
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    `Line ${lineNumber} of ${file} is not a result. Remove that line, and run the same command again: it sends the row with the same key.`,
  );
}

export type RowStep =
  /** `mayExist`: an earlier run may have created the account. */
  | { kind: "send"; key: string; mayExist: boolean }
  /** An earlier run created the account. */
  | { kind: "skip" }
  /** The row has changed since an earlier run sent it. An account with the earlier values exists or may exist. */
  | { kind: "changed"; state: "failed" | "unknown"; detail: string };

/** After one of these problems, the key has no account, and no later request with the key can create one. */
const finalRefusals = new Set(["vendor_rejected", "account_exists"]);

/** Decides what to do with a row from its result in an earlier run. */
export function nextStep({ key, sha256 }: CheckedRow, earlier: Result | undefined): RowStep {
  if (earlier === undefined) return { kind: "send", key, mayExist: false };
  const isChanged = earlier.account_sha256 !== sha256;
  switch (earlier.state) {
    case "created":
      if (!isChanged) return { kind: "skip" };
      return {
        kind: "changed",
        state: "failed",
        detail: `Its account ${earlier.id} was created from other values, and an import cannot change an account. Restore the row's earlier values, and change the account in the vendor's system`,
      };
    case "unknown":
      if (!isChanged) return { kind: "send", key: earlier.key, mayExist: true };
      return {
        kind: "changed",
        state: "unknown",
        detail:
          "An account with the row's earlier values may exist. Restore the earlier values until the outcome is known",
      };
    case "failed": {
      const needsNewKey = isChanged && finalRefusals.has(earlier.problem.code);
      return { kind: "send", key: needsNewKey ? nextKey(earlier.key) : earlier.key, mayExist: false };
    }
  }
}
