/** Reads the file: CSV with a header, or one JSON object a line. */
import { extname } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import * as z from "zod/mini";
import type { Json } from "../../../../schemas/json.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { readText } from "../read-text.ts";
import { counted } from "../layout.ts";
import type { Fault } from "./fault.ts";
import { readJsonRow } from "./json-row.ts";

export interface SourceRow {
  row: number;
  /** By column: text from CSV, any value from JSON. Empty cells are left out. */
  cells: ReadonlyMap<string, Json>;
}

export interface Source {
  /** Whether every value is text, whatever it spells. */
  isText: boolean;
  /** In the order in which they first appear. */
  columns: readonly string[];
  rows: readonly SourceRow[];
  faults: readonly Fault[];
}

export function readRows(file: string, delimiter: string): Source {
  const text = readText(file);
  switch (extname(file).toLowerCase()) {
    case ".csv":
      // As a shell passes on what we write of a tab.
      return readCsv(file, text, delimiter === "\\t" ? "\t" : delimiter);
    case ".ndjson":
    case ".jsonl":
      return readNdjson(text);
    default:
      throw new Failure(exitCodes.usage, `${file} is neither .csv nor .ndjson: rename it to what it is.`);
  }
}

const records = z.array(z.object({ record: z.array(z.string()), info: z.object({ empty_lines: z.number() }) }));

function readCsv(file: string, text: string, delimiter: string): Source {
  const [header, ...lines] = parseCsv(file, text, delimiter);
  if (header === undefined)
    throw new Failure(exitCodes.usage, `${file} is empty: its first row must name the columns.`);
  const columns = header.cells.map((name) => name.trim());
  const [only = ""] = columns;
  const [other] = columns.length === 1 ? (/[;\t|]/.exec(only) ?? []) : [];
  if (other !== undefined)
    throw new Failure(
      exitCodes.usage,
      `${file} has one column only, "${only}": if ${JSON.stringify(other)} separates its columns, pass --delimiter ${JSON.stringify(other)}.`,
    );

  const firstIndexes = new Map(columns.map((column, index) => [column, index] as const).toReversed());
  const faults: Fault[] = columns.flatMap((column, index): Fault[] => {
    if (column === "") return [{ row: 1, column: null, detail: `Column ${index + 1} has no name: give it one` }];
    return firstIndexes.get(column) !== index
      ? [{ row: 1, column, detail: "Two columns have this name: rename or remove one" }]
      : [];
  });
  const rows = lines.flatMap(({ row, cells }) => {
    if (cells.length !== columns.length) {
      const detail = `Has ${counted(cells.length, "cell")} where the header has ${columns.length}: add or remove a "${delimiter}", or quote the cell that holds one`;
      faults.push({ row, column: null, detail });
      return [];
    }
    const named = cells.map((cell, index) => [columns[index] ?? "", cell] as const);
    return [{ row, cells: new Map(named.filter(([, cell]) => cell !== "")) }];
  });
  return { isText: true, columns, rows, faults };
}

/** Rows are counted as a spreadsheet does, where a cell that has several lines is in one row. */
function parseCsv(file: string, text: string, delimiter: string): { row: number; cells: string[] }[] {
  try {
    const parsed: unknown = parse(text, { delimiter, info: true, relax_column_count: true, skip_empty_lines: true });
    return records
      .parse(parsed)
      .map(({ record, info }, index) => ({ row: index + 1 + info.empty_lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Failure(exitCodes.faults, `${file} cannot be read as CSV: ${error.message}. Correct the quotes there.`);
  }
}

function readNdjson(text: string): Source {
  const faults: Fault[] = [];
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
