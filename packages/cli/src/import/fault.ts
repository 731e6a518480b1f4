/** Something to correct in the file, found before anything is sent. */
export interface Fault {
  /** As a spreadsheet or an editor counts; the header is 1. */
  row: number;
  column: string | null;
  detail: string;
}
