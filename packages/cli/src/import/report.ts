/** The final report of an import, and its exit code. */
import { type ExitCode, exitCodes } from "../failure.ts";
import { problemLines } from "../problem-text.ts";
import { columns, counted, styled, type Terminal } from "../terminal.ts";
import type { Counts } from "./progress.ts";
import type { RowFault } from "./read-rows.ts";
import type { EarlyStop } from "./send-rows.ts";

export function reportFaults(file: string, faults: readonly RowFault[], terminal: Terminal): ExitCode {
  for (const line of columns(faults.map(({ row, column, detail }) => [`row ${row}`, column ?? "", detail])))
    terminal.print(line);
  const rows = new Set(faults.map(({ row }) => row)).size;
  terminal.report(
    `${counted(faults.length, "fault")} in ${counted(rows, "row")} of ${file}. Nothing was sent. Correct the file, and run the same command again.`,
  );
  return exitCodes.faults;
}

export interface Unfinished {
  row: number;
  key: string;
  state: "failed" | "unknown";
  detail: string;
}

export interface ImportOutcome {
  connection: string;
  /** How many rows the file has. */
  total: number;
  /** How many rows earlier runs have created. */
  skipped: number;
  counts: Counts;
  unfinished: readonly Unfinished[];
  /** Why the import stopped before its last row, if it did. */
  earlyStop: EarlyStop | undefined;
  resultsFile: string;
}

/** The highest number of unfinished rows to print. The results file has all of them. */
const shownRows = 20;
const styles = { failed: "red", unknown: "yellow" } as const;
const listFormat = new Intl.ListFormat("en");

const whyStopped = ({ rows }: EarlyStop): string =>
  rows.length === 0
    ? "The import stopped, because every other row would fail too."
    : `The import stopped, because rows ${listFormat.format(rows.map(String))} failed one after another.`;

const runAgain = "run the same command again. It skips the rows that have an account";

export function reportOutcome(
  { connection, total, skipped, counts, unfinished, earlyStop, resultsFile }: ImportOutcome,
  terminal: Terminal,
): ExitCode {
  const shown = unfinished.slice(0, shownRows);
  terminal.print(
    ...columns(shown.map(({ row, key, state, detail }) => [`row ${row}`, key, styled(styles[state], state), detail])),
  );
  if (unfinished.length > shownRows) terminal.print(`… and ${counted(unfinished.length - shownRows, "row")} more`);

  const countOf = (state: Unfinished["state"]) => unfinished.filter((each) => each.state === state).length;
  const failed = countOf("failed");
  const unknown = countOf("unknown");
  const left = total - skipped - counts.created - failed - unknown;
  const parts = [
    `${(counts.created + skipped).toLocaleString("en")} created`,
    ...(skipped > 0 ? [`${skipped.toLocaleString("en")} of them by earlier runs`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString("en")} failed`] : []),
    ...(unknown > 0 ? [`${unknown.toLocaleString("en")} unknown`] : []),
    ...(left > 0 ? [`${left.toLocaleString("en")} not sent`] : []),
  ];
  terminal.print(`${counted(total, "row")}: ${parts.join(", ")}. Each row's result is in ${resultsFile}`);

  if (earlyStop !== undefined) {
    terminal.report(...problemLines(earlyStop.problem), `${whyStopped(earlyStop)} Correct the cause, and ${runAgain}.`);
    return exitCodes.refused;
  }
  if (left > 0) {
    terminal.report(`The import was interrupted. To continue, ${runAgain}.`);
    return exitCodes.interrupted;
  }
  if (unknown > 0) {
    terminal.report(
      `The outcome of ${counted(unknown, "row")} is still unknown. Do not change ${unknown === 1 ? "this row" : "these rows"}, and ${runAgain}. An operator must resolve the rows that report operation_needs_review. To list their operations, run: account-gateway operations list --connection ${connection} --state needs_review`,
    );
    return exitCodes.rowsUnknown;
  }
  if (failed > 0) {
    terminal.report(`Correct the ${counted(failed, "row")} that failed, and ${runAgain}.`);
    return exitCodes.rowsFailed;
  }
  return exitCodes.done;
}
