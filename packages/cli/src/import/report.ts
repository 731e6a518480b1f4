/** What an import says in the end, and how it ends. */
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { explain } from "../explain.ts";
import { columns, counted } from "../layout.ts";
import type { Shell } from "../shell.ts";
import { styled } from "../text.ts";
import type { Fault } from "./fault.ts";
import type { Counts } from "./progress.ts";
import type { Ending } from "./send-rows.ts";

export function reportFaults(file: string, faults: readonly Fault[], shell: Shell): ExitCode {
  for (const line of columns(faults.map(({ row, column, detail }) => [`row ${row}`, column ?? "", detail])))
    shell.print(line);
  const rows = new Set(faults.map(({ row }) => row)).size;
  shell.tell(
    `${counted(faults.length, "fault")} in ${counted(rows, "row")} of ${file}. Nothing was sent: correct them, and run it again.`,
  );
  return exitCodes.faults;
}

export interface Unfinished {
  row: number;
  key: string;
  state: "failed" | "unknown";
  detail: string;
}

export interface Outcome {
  /** The file's rows. */
  total: number;
  /** Created by earlier runs. */
  skipped: number;
  counts: Counts;
  unfinished: readonly Unfinished[];
  /** What ended it before its time. */
  ending: Ending | undefined;
  resultsFile: string;
}

/** The results file has them all. */
const shownRows = 20;
const styles = { failed: "red", unknown: "yellow" } as const;
const listed = new Intl.ListFormat("en");

const whyStopped = ({ rows }: Ending): string =>
  rows.length === 0
    ? "The import has stopped, since the next row would fare no better."
    : `The import has stopped, since rows ${listed.format(rows.map(String))} failed one after another.`;

const again = "run the same command again; what is created is passed over";

export function reportOutcome(
  { total, skipped, counts, unfinished, ending, resultsFile }: Outcome,
  shell: Shell,
): ExitCode {
  const shown = unfinished.slice(0, shownRows);
  shell.print(
    ...columns(shown.map(({ row, key, state, detail }) => [`row ${row}`, key, styled(styles[state], state), detail])),
  );
  if (unfinished.length > shownRows) shell.print(`… and ${counted(unfinished.length - shownRows, "row")} more`);

  const of = (state: Unfinished["state"]) => unfinished.filter((each) => each.state === state).length;
  const failed = of("failed");
  const unknown = of("unknown");
  const left = total - skipped - counts.created - failed - unknown;
  const parts = [
    `${(counts.created + skipped).toLocaleString("en")} created`,
    ...(skipped > 0 ? [`of these ${skipped.toLocaleString("en")} by earlier runs`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString("en")} failed`] : []),
    ...(unknown > 0 ? [`${unknown.toLocaleString("en")} unknown`] : []),
    ...(left > 0 ? [`${left.toLocaleString("en")} not sent`] : []),
  ];
  shell.print(`${counted(total, "row")}: ${parts.join(", ")}. Each row's result is in ${resultsFile}`);

  if (ending !== undefined) {
    shell.tell(...explain(ending.problem), `${whyStopped(ending)} When that is mended, ${again}.`);
    return exitCodes.refused;
  }
  if (left > 0) {
    shell.tell(`The import was interrupted. To go on, ${again}.`);
    return exitCodes.interrupted;
  }
  if (unknown > 0) {
    shell.tell(
      `Of ${counted(unknown, "row")} nobody knows yet whether an account exists. Leave them as they are and ${again}. With operation_needs_review an operator has to look first: account-gateway operations list --connection <id> --state needs_review.`,
    );
    return exitCodes.rowsUnknown;
  }
  if (failed > 0) {
    shell.tell(`Correct the ${counted(failed, "row")} that failed as their details say, and ${again}.`);
    return exitCodes.rowsFailed;
  }
  return exitCodes.done;
}
