/** `import`: creates an account for every row of a file, each once, however often it is stopped and run again. */
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { connectionOf } from "../connection-of.ts";
import { explainBriefly } from "../explain.ts";
import { Failure } from "../failure.ts";
import { type GatewayOptions, openGateway } from "../gateway.ts";
import { counted } from "../layout.ts";
import type { Shell } from "../shell.ts";
import { type CheckedRow, checkRows } from "./check-rows.ts";
import { readColumnMap } from "./column-map.ts";
import { interruption } from "./interrupt.ts";
import { type Counts, startProgress } from "./progress.ts";
import { readRows } from "./read-rows.ts";
import { reportFaults, reportOutcome, type Unfinished } from "./report.ts";
import { openResults, type Result, type ResultsFile } from "./results-file.ts";
import { stepOf } from "./row-step.ts";
import { type Sending, sendRows } from "./send-rows.ts";

export interface ImportOptions extends GatewayOptions {
  connection: string;
  map: string[];
  keyColumn: string;
  delimiter: string;
  handling?: "strict" | "lenient";
  /** Checks, and sends nothing. */
  check: boolean;
  results?: string;
  concurrency: number;
}

/** How long one row is tried, in seconds. */
const usualTimeout = 120;

export async function importAccounts(file: string, options: ImportOptions, shell: Shell): Promise<ExitCode> {
  const { timeout = usualTimeout, ...others } = options;
  const { connection, keyColumn, delimiter, handling, concurrency } = others;
  const map = readColumnMap(options.map);
  const source = readRows(file, delimiter);
  if (source.rows.length === 0 && source.faults.length === 0)
    throw new Failure(exitCodes.faults, `${file} has no rows, so nothing was sent: fill it, and run it again.`);

  const { gateway, baseUrl } = openGateway(others, shell.host);
  const { handling: usual } = await connectionOf(gateway, connection);
  const schema = await gateway.connections.schema(connection);
  const isLenient = (handling ?? usual) === "lenient";
  const { rows, faults } = checkRows(source, { schema, isLenient, map, keyColumn });
  if (faults.length > 0) return reportFaults(file, faults, shell);
  if (options.check) {
    shell.print(`${counted(rows.length, "row")} of ${file}: ${connection} takes them all. Nothing was sent.`);
    return exitCodes.done;
  }

  const resultsFile = options.results ?? `${file}.${connection}.results.ndjson`;
  const results = openResults(resultsFile, { gateway: baseUrl, connection, key_column: keyColumn });
  const { sendings, unfinished, skipped } = sort(rows, results);
  const counts: Counts = { created: 0, failed: 0, unknown: 0 };
  const progress = startProgress(sendings.length, shell);
  const interrupt = interruption(shell);
  const tell = (result: Result) => {
    results.append(result);
    counts[result.state] += 1;
    progress.show(counts);
    if (result.state !== "created") unfinished.push({ ...result, detail: explainBriefly(result.problem) });
  };
  const ending = await sendRows(sendings, {
    gateway,
    connection,
    handling,
    concurrency,
    timeoutMs: timeout * 1000,
    stop: interrupt.signal,
    tell,
  }).finally(() => {
    progress.end();
    interrupt.end();
    results.close();
  });
  return reportOutcome({ total: rows.length, skipped, counts, unfinished, ending, resultsFile }, shell);
}

/** What is to be sent, what is done, and what is neither. */
function sort(rows: readonly CheckedRow[], { earlier }: ResultsFile) {
  const fresh: Sending[] = [];
  // Sent last: rows that fail again and stop the import would otherwise keep every other row from being sent.
  const tried: Sending[] = [];
  const unfinished: Unfinished[] = [];
  let skipped = 0;
  for (const row of rows) {
    const told = earlier.get(row.key);
    const step = stepOf(row, told);
    switch (step.kind) {
      case "send":
        (told === undefined ? fresh : tried).push({ row, key: step.key, isInDoubt: step.isInDoubt });
        break;
      case "skip":
        skipped += 1;
        break;
      case "changed":
        unfinished.push({ row: row.row, key: row.key, state: step.state, detail: step.detail });
    }
  }
  return { sendings: [...fresh, ...tried], unfinished, skipped };
}
