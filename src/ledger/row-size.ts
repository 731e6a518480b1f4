/**
 * Limits the size of an operation's row, whatever a vendor answers. If a row exceeded the platform's limit, its
 * operation could never be settled.
 *
 * After the first write, the row of an open operation grows by at most 0.6 MB: two problems, candidates, duplicates,
 * ruled-out candidates, and 100 transitions with notes of up to 6 kB. The row of a created operation has the account
 * instead. The account's values are never left out. They have at most 0.8 MB: the size of a reply of 256 KiB in which
 * no byte is valid UTF-8, after decoding.
 */
import { droppedWarnings } from "../../adapters/engine/encode.ts";
import type { Warning } from "../../schemas/documents/account.ts";
import type { CreatedAccount, Operation, StoredProblem } from "./operation.ts";

/** A row holds at most 2 MB, other columns included (https://developers.cloudflare.com/durable-objects/platform/limits/). */
export const maxDocumentBytes = 1_980_000;
/** The limit for a new operation. It leaves room for everything that is added later. */
export const maxNewDocumentBytes = 1_000_000;

const maxAccountBytes = 512 * 1024;
const maxFieldsBytes = 256 * 1024;
const maxWarningsBytes = 128 * 1024;
const maxErrorsBytes = 32 * 1024;
const maxCandidatesBytes = 256 * 1024;
const maxDuplicatesBytes = 16 * 1024;
const maxRuledOutBytes = 64 * 1024;

const utf8 = new TextEncoder();

/** Whether the text has at most `maxBytes` bytes. Encodes the text only if the length alone cannot tell. */
function fits(text: string, maxBytes: number): boolean {
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && utf8.encode(text).byteLength <= maxBytes);
}

/** Returns the document. Throws if it is too large for a row. */
export function checkedDocument(document: string, isKnown: boolean): string {
  const maxBytes = isKnown ? maxDocumentBytes : maxNewDocumentBytes;
  if (!fits(document, maxBytes)) throw new Error(`The operation has more than ${maxBytes} bytes`);
  return document;
}

/** Returns the operation within its size limits. If parts of the account are left out, a warning names them. */
export function bounded(operation: Operation): Operation {
  const { created, problem, suspected, candidates, duplicates, ruledOut } = operation;
  return {
    ...operation,
    created: created && boundedAccount(created),
    problem: problem && boundedProblem(problem),
    suspected: suspected && boundedProblem(suspected),
    candidates: takeWithin(candidates, maxCandidatesBytes),
    duplicates: takeWithin(duplicates, maxDuplicatesBytes),
    // Keep the latest: they belong to the candidates that a person sees.
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

/** The parts of an account that may be left out, in the order in which they are left out. */
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
  const detail = `The account is too large to store in full. Left out: ${leftOut.join(", ")}`;
  return withDropped(withWarnings(kept, [...ownWarnings(kept), { code: "left_out", field: null, detail }]));
}

/** Takes items from the beginning of the list up to `maxBytes` bytes, and skips each that does not fit. */
function takeWithin<Item>(list: Item[], maxBytes: number): Item[] {
  let left = maxBytes;
  return list.filter((item) => {
    const size = utf8.encode(JSON.stringify(item)).byteLength;
    if (size > left) return false;
    left -= size;
    return true;
  });
}

/** Leaves out the warnings of dropped fields, because they repeat entries of the field report in the same row. */
export function omitDroppedWarnings<Stored extends Pick<Operation, "sendable" | "created">>(operation: Stored): Stored {
  const { sendable, created } = operation;
  return {
    ...operation,
    sendable: sendable && { ...sendable, warnings: [] },
    created: created && withWarnings(created, ownWarnings(created)),
  };
}

/** Reverses {@link omitDroppedWarnings}. Rows of older versions still have the warnings. */
export function restoreDroppedWarnings(operation: Operation): Operation {
  const { sendable, created } = operation;
  return {
    ...operation,
    sendable: sendable && { ...sendable, warnings: droppedWarnings(sendable.fields) },
    created: created && withDropped(created),
  };
}

/** Adds the warnings of dropped fields. */
function withDropped(created: CreatedAccount): CreatedAccount {
  return withWarnings(created, [...droppedWarnings(created.fields), ...ownWarnings(created)]);
}

/** The warnings except those of dropped fields. */
function ownWarnings({ account }: CreatedAccount): Warning[] {
  return account.warnings.filter(({ code }) => code !== "dropped");
}

function withWarnings({ account, fields }: CreatedAccount, warnings: Warning[]): CreatedAccount {
  return { account: { ...account, warnings }, fields };
}
