/**
 * Keeps an operation's row below the platform's limit, whatever a vendor answers: a row that cannot be written is an
 * operation that can never be settled.
 *
 * An open operation holds what a new one may, and at most 0.6 MB more: two problems, candidates, duplicates, what a person ruled out, and 100
 * transitions, of which a person's notes take 6 kB each. A created one holds its account instead. Of that, what cannot
 * be left out are the values that the vendor reports in a reply of 256 KiB, which is 0.8 MB where each byte is no UTF-8.
 */
import { droppedWarnings } from "../../adapters/engine/encode.ts";
import type { Warning } from "../../schemas/documents/account.ts";
import type { CreatedAccount, Operation, StoredProblem } from "./operation.ts";

/** A row holds 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/); its other columns take some of them. */
export const maxDocumentBytes = 1_980_000;
/** What an operation may take before anything is sent, so that whatever becomes of it fits too. */
export const maxNewDocumentBytes = 1_000_000;

const maxAccountBytes = 512 * 1024;
const maxFieldsBytes = 256 * 1024;
const maxWarningsBytes = 128 * 1024;
const maxErrorsBytes = 32 * 1024;
const maxCandidatesBytes = 256 * 1024;
const maxDuplicatesBytes = 16 * 1024;
const maxRuledOutBytes = 64 * 1024;

const utf8 = new TextEncoder();

/** Whether it takes so many bytes at most; counts them only where it is near that. */
function fits(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && utf8.encode(text).byteLength <= maxBytes);
}

/** The document, if its row can be written; throws where it cannot. */
export function checkedDocument(document: string, isKnown: boolean): string {
  const maxBytes = isKnown ? maxDocumentBytes : maxNewDocumentBytes;
  if (!fits(document, maxBytes)) throw new Error(`The operation takes more than ${maxBytes} bytes`);
  return document;
}

/** The operation as it can be kept. What it leaves out of the account, a warning of the account names. */
export function bounded(operation: Operation): Operation {
  const { created, problem, suspected, candidates, duplicates, ruledOut } = operation;
  return {
    ...operation,
    created: created && boundedAccount(created),
    problem: problem && boundedProblem(problem),
    suspected: suspected && boundedProblem(suspected),
    candidates: takeWithin(candidates, maxCandidatesBytes),
    duplicates: takeWithin(duplicates, maxDuplicatesBytes),
    // The latest: a person judges those that are shown.
    ruledOut: takeWithin(ruledOut.toReversed(), maxRuledOutBytes).toReversed(),
  };
}

function boundedProblem(problem: StoredProblem): StoredProblem {
  const { errors, vendor } = problem;
  return {
    ...problem,
    ...(errors && { errors: takeWithin(errors, maxErrorsBytes) }),
    ...(vendor && { vendor: { ...vendor, errors: takeWithin(vendor.errors, maxErrorsBytes) } }),
  };
}

/** What an account can do without, in the order in which it is left out. */
const reductions: readonly { part: string; reduce: (created: CreatedAccount) => CreatedAccount }[] = [
  {
    part: "`vendor_fields`",
    reduce: ({ account, fields }) => ({ account: { ...account, vendor_fields: {} }, fields }),
  },
  {
    part: "some `warnings`",
    reduce: (created) => withWarnings(created, takeWithin(ownWarnings(created), maxWarningsBytes)),
  },
  { part: "some `fields`", reduce: ({ account, fields }) => ({ account, fields: takeWithin(fields, maxFieldsBytes) }) },
];

function boundedAccount(created: CreatedAccount): CreatedAccount {
  let kept = withWarnings(created, ownWarnings(created));
  if (fits(JSON.stringify(kept), maxAccountBytes) || ownWarnings(kept).some(({ code }) => code === "left_out"))
    return created;
  const leftOut: string[] = [];
  for (const { part, reduce } of reductions) {
    if (fits(JSON.stringify(kept), maxAccountBytes)) break;
    kept = reduce(kept);
    leftOut.push(part);
  }
  const detail = `The account is too large to be kept whole: ${leftOut.join(", ")} are left out`;
  return withDropped(withWarnings(kept, [...ownWarnings(kept), { code: "left_out", field: null, detail }]));
}

/** Those of a list that fit into so many bytes together, the first of them before others. */
function takeWithin<Item>(list: Item[], maxBytes: number): Item[] {
  let left = maxBytes;
  return list.filter((item) => {
    const size = utf8.encode(JSON.stringify(item)).byteLength;
    if (size > left) return false;
    left -= size;
    return true;
  });
}

/** The warning of a dropped field repeats its entry in the field report. A row holds the entry only. */
export function withoutRepeats<Kept extends Pick<Operation, "sendable" | "created">>(operation: Kept): Kept {
  const { sendable, created } = operation;
  return {
    ...operation,
    sendable: sendable && { ...sendable, warnings: [] },
    created: created && withWarnings(created, ownWarnings(created)),
  };
}

/** Undoes {@link withoutRepeats}; a row of an older version has the warnings still. */
export function withRepeats(operation: Operation): Operation {
  const { sendable, created } = operation;
  return {
    ...operation,
    sendable: sendable && { ...sendable, warnings: droppedWarnings(sendable.fields) },
    created: created && withDropped(created),
  };
}

function withDropped(created: CreatedAccount): CreatedAccount {
  return withWarnings(created, [...droppedWarnings(created.fields), ...ownWarnings(created)]);
}

/** Those that no entry of the field report repeats. */
function ownWarnings({ account }: CreatedAccount): Warning[] {
  return account.warnings.filter(({ code }) => code !== "dropped");
}

function withWarnings({ account, fields }: CreatedAccount, warnings: Warning[]): CreatedAccount {
  return { account: { ...account, warnings }, fields };
}
