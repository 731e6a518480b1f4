/** Reads the file: CSV with a header row, or one JSON object per line. */
import { extname } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import * as z from "zod/mini";
import type { Json } from "../../../../schemas/json.ts";
import { exitCodes, Failure } from "../failure.ts";
import { readText } from "../read-text.ts";
import { counted } from "../terminal.ts";
import { readJsonRow } from "./json-row.ts";

/** Something in the file that the user has to correct. */
export interface RowFault {
  /** The number that a spreadsheet or an editor shows. The header is row 1. */
  row: number;
  column: string | null;
  detail: string;
}

export interface SourceRow {
  row: number;
  /** Values by column: text from CSV, any JSON value from NDJSON. Empty cells are left out. */
  cells: ReadonlyMap<string, Json>;
}

export interface Source {
  /** Whether every value is text, as in CSV. */
  isText: boolean;
  /** In order of first appearance. */
  columns: readonly string[];
  rows: readonly SourceRow[];
  faults: readonly RowFault[];
}

export function readRows(file: string, delimiter: string): Source {
  const text = readText(file);
  switch (extname(file).toLowerCase()) {
    case ".csv":
      // Messages show a tab as "\t". If a user types that in a shell, the command gets two characters.
      return readCsv(file, text, delimiter === "\\t" ? "\t" : delimiter);
    case ".ndjson":
    case ".jsonl":
      return readNdjson(text);
    default:
      throw new Failure(
        exitCodes.usage,
        `${file} is neither .csv nor .ndjson: rename it to the extension of its format.`,
      );
  }
}

const records = z.array(z.object({ record: z.array(z.string()), info: z.object({ empty_lines: z.number() }) }));

function readCsv(file: string, text: string, delimiter: string): Source {
  const [header, ...lines] = parseCsv(file, text, delimiter);
  if (header === undefined)
    throw new Failure(exitCodes.usage, `${file} is empty: the first row must name the columns.`);
  const columns = header.cells.map((name) => name.trim());
  const [only = ""] = columns;
  const [separator] = columns.length === 1 ? (/[;\t|]/.exec(only) ?? []) : [];
  if (separator !== undefined)
    throw new Failure(
      exitCodes.usage,
      `${file} has only one column, "${only}": if ${JSON.stringify(separator)} separates the columns, pass --delimiter ${JSON.stringify(separator)}.`,
    );

  const firstIndexes = new Map(columns.map((column, index) => [column, index] as const).toReversed());
  const faults: RowFault[] = columns.flatMap((column, index): RowFault[] => {
    if (column === "") return [{ row: 1, column: null, detail: `Column ${index + 1} has no name: name it` }];
    return firstIndexes.get(column) !== index
      ? [{ row: 1, column, detail: "Two columns have this name: rename or remove one" }]
      : [];
  });
  const rows = lines.flatMap(({ row, cells }) => {
    if (cells.length !== columns.length) {
      const detail = `Has ${counted(cells.length, "cell")}, but the header has ${columns.length}: add or remove a "${delimiter}", or quote each cell whose text contains "${delimiter}"`;
      faults.push({ row, column: null, detail });
      return [];
    }
    const named = cells.map((cell, index) => [columns[index] ?? "", cell] as const);
    return [{ row, cells: new Map(named.filter(([, cell]) => cell !== "")) }];
  });
  return { isText: true, columns, rows, faults };
}

/** Counts rows like a spreadsheet: a row counts once, even if one of its cells has several lines. */
function parseCsv(file: string, text: string, delimiter: string): { row: number; cells: string[] }[] {
  try {
    const parsed: unknown = parse(text, { delimiter, info: true, relax_column_count: true, skip_empty_lines: true });
    return records
      .parse(parsed)
      .map(({ record, info }, index) => ({ row: index + 1 + info.empty_lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Failure(
      exitCodes.faults,
      `${file} cannot be read as CSV: ${error.message}. Correct the quotes in that row.`,
    );
  }
}

function readNdjson(text: string): Source {
  const faults: RowFault[] = [];
  const rows = text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const row = index + 1;
    const read = readJsonRow(line);
    if (read.kind === "row") return [{ row, cells: new Map(Object.entries(read.members)) }];
    faults.push({ row, column: read.column, detail: read.detail });
    return [];
  });
  return { isText: false, columns: [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))], rows, faults };
}
