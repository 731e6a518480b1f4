/** `import`: creates one account for each row of a file. If a run stops, the next run continues. */
import { type ExitCode, exitCodes, Failure } from "../failure.ts";
import { findConnection, type GatewayOptions, openGateway } from "../gateway.ts";
import { problemSummary } from "../problem-text.ts";
import { counted, type Terminal } from "../terminal.ts";
import { type CheckedRow, checkRows } from "./check-rows.ts";
import { readColumnMap } from "./column-map.ts";
import { type Counts, startProgress } from "./progress.ts";
import { readRows } from "./read-rows.ts";
import { reportFaults, reportOutcome, type Unfinished } from "./report.ts";
import { nextStep, openResults, type Result, type ResultsFile } from "./results-file.ts";
import { type PendingRow, sendRows } from "./send-rows.ts";

export interface ImportOptions extends GatewayOptions {
  connection: string;
  map: string[];
  keyColumn: string;
  delimiter: string;
  handling?: "strict" | "lenient";
  /** Check the rows, and send nothing. */
  check?: true;
  results?: string;
  concurrency: number;
}

/** The time for one row, retries included. */
const defaultTimeoutSeconds = 120;

export async function importAccounts(file: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  const { timeout = defaultTimeoutSeconds, ...others } = options;
  const { connection, keyColumn, delimiter, handling, concurrency } = others;
  const map = readColumnMap(options.map);
  const source = readRows(file, delimiter);
  if (source.rows.length === 0 && source.faults.length === 0)
    throw new Failure(
      exitCodes.faults,
      `${file} has no rows, so nothing was sent: add rows, and run the same command again.`,
    );

  const { gateway, baseUrl } = openGateway(others, terminal.host);
  const { handling: defaultHandling } = await findConnection(gateway, connection);
  const schema = await gateway.connections.schema(connection);
  const isLenient = (handling ?? defaultHandling) === "lenient";
  const { rows, faults } = checkRows(source, { schema, isLenient, map, keyColumn });
  if (faults.length > 0) return reportFaults(file, faults, terminal);
  if (options.check === true) {
    terminal.print(`${counted(rows.length, "row")} of ${file} checked for ${connection}: no faults. Nothing was sent.`);
    return exitCodes.done;
  }

  const resultsFile = options.results ?? `${file}.${connection}.results.ndjson`;
  const results = openResults(resultsFile, { gateway: baseUrl, connection, key_column: keyColumn });
  const { pending, unfinished, skipped } = planRows(rows, results);
  const counts: Counts = { created: 0, failed: 0, unknown: 0 };
  const progress = startProgress(pending.length, terminal);
  const interrupt = listenForInterrupt(terminal);
  const onResult = (result: Result) => {
    results.append(result);
    counts[result.state] += 1;
    progress.show(counts);
    if (result.state !== "created") unfinished.push({ ...result, detail: problemSummary(result.problem) });
  };
  const earlyStop = await sendRows(pending, {
    gateway,
    connection,
    handling,
    concurrency,
    timeoutMs: timeout * 1000,
    stop: interrupt.signal,
    onResult,
  }).finally(() => {
    progress.end();
    interrupt.end();
    results.close();
  });
  return reportOutcome(
    { connection, total: rows.length, skipped, counts, unfinished, earlyStop, resultsFile },
    terminal,
  );
}

/** Sorts the rows into those to send, those that are done, and those that must not be sent. */
function planRows(rows: readonly CheckedRow[], { earlier }: ResultsFile) {
  const untried: PendingRow[] = [];
  // Send these rows last: if they fail again and stop the import, the untried rows have already been sent.
  const tried: PendingRow[] = [];
  const unfinished: Unfinished[] = [];
  let skipped = 0;
  for (const row of rows) {
    const result = earlier.get(row.key);
    const step = nextStep(row, result);
    switch (step.kind) {
      case "send":
        (result === undefined ? untried : tried).push({ row, key: step.key, mayExist: step.mayExist });
        break;
      case "skip":
        skipped += 1;
        break;
      case "changed":
        unfinished.push({ row: row.row, key: row.key, state: step.state, detail: step.detail });
    }
  }
  return { pending: [...untried, ...tried], unfinished, skipped };
}

/** The first Ctrl-C aborts the signal. The second ends the process. */
function listenForInterrupt(terminal: Terminal): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    terminal.report(
      "Stopping after the rows in progress. Press Ctrl-C again to stop at once; you can run the import again.",
    );
  };
  process.on("SIGINT", onInterrupt);
  return { signal: controller.signal, end: () => void process.off("SIGINT", onInterrupt) };
}
