/** An operation's row stays below the platform's limit for every vendor answer. */
import { describe, expect, test } from "vitest";
import type { FieldEntry } from "../../../schemas/documents/account.ts";
import type { Operation, StoredProblem } from "../../../src/ledger/operation.ts";
import {
  bounded,
  checkedDocument,
  maxNewDocumentBytes,
  omitDroppedWarnings,
  restoreDroppedWarnings,
} from "../../../src/ledger/row-size.ts";
import { account, everyState, inState } from "../../support/operations.ts";

const storedDocument = (operation: Operation): string =>
  checkedDocument(JSON.stringify(omitDroppedWarnings(bounded(operation))), true);

/** A text that takes six bytes of JSON for each character. */
const long = (length: number) => "\u0001".repeat(length);
const many = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => item(index));

const dropped = (index: number): FieldEntry => ({
  field: `/custom/k${index}`,
  disposition: "dropped",
  to: null,
  value: index,
  reason: "has no place",
});
const errors = many(100, () => ({ pointer: `/${long(1000)}`, detail: long(1000) }));
const vendorErrors = many(100, () => ({ title: long(1000), detail: long(1000) }));
const problem: StoredProblem = {
  code: "vendor_rejected",
  errors,
  vendor: { name: "clarus", connection: "clarus", status: 422, errors: vendorErrors },
};
const history = many(100, (atMs) => ({
  atMs,
  state: "needs_review" as const,
  attempt: 1,
  reason: "resolved" as const,
  by: "operator",
  note: long(atMs % 2 === 0 ? 1024 : 0),
}));

describe("the largest operation", () => {
  test("fits while it is open", () => {
    const sendable = {
      body: {},
      fields: [{ ...dropped(0), value: "x".repeat(maxNewDocumentBytes - 2000) }],
      warnings: [],
      sources: {},
    };
    const fresh = { ...inState.sending, sendable };
    expect(() => checkedDocument(JSON.stringify(omitDroppedWarnings(fresh)), false)).not.toThrow();
    const candidates = many(100, () => ({ name: long(10_000) }));
    const duplicates = many(100, () => long(10_000));
    storedDocument({ ...inState.needs_review, sendable, problem, suspected: problem, candidates, duplicates, history });
  });

  test("fits once it is created", () => {
    const { account: reported } = account("1");
    const created = {
      account: {
        ...reported,
        // The decoder reads each invalid byte of a 256 KiB reply as U+FFFD.
        name: "\uFFFD".repeat(256 * 1024),
        vendor_fields: { extra: long(256 * 1024) },
        warnings: many(300, () => ({
          code: "unreadable" as const,
          field: "/email" as const,
          detail: "",
          received: long(5000),
        })),
      },
      fields: many(500, (index) => ({ ...dropped(index), value: long(5000), confirmed: null })),
    };
    const operation = bounded({ ...inState.created, created, duplicates: many(100, () => long(10_000)), history });
    storedDocument(operation);
    expect(operation.created?.account).toMatchObject({ name: created.account.name, vendor_fields: {} });
    expect(operation.created?.account.warnings.at(-1)).toEqual({
      code: "left_out",
      field: null,
      detail: "The account is too large to store in full. Left out: `vendor_fields`, some `warnings`, some `fields`",
    });
    // The warning is added only once.
    expect(bounded(operation)).toEqual(operation);
  });
});

test("a document that is too large for a row is refused, with a lower limit for a new one", () => {
  const document = "x".repeat(maxNewDocumentBytes + 1);
  expect(() => checkedDocument(document, false)).toThrow(/bytes/);
  expect(checkedDocument(document, true)).toBe(document);
  // The limit counts bytes.
  expect(() => checkedDocument("€".repeat(700_000), true)).toThrow(/bytes/);
});

test.each(everyState)("%s: an operation that fits is not changed", (name) => {
  const operation: Operation = inState[name];
  expect(bounded(operation)).toEqual(operation);
});

test("a dropped field is stored once, and its warning is restored", () => {
  const forAnother: FieldEntry = { ...dropped(9), reason: "for another vendor" };
  const fields = [dropped(1), forAnother];
  const warnings = [{ code: "dropped" as const, field: "/custom/k1" as const, detail: "has no place", value: 1 }];
  const other = { code: "reconciled" as const, field: null, detail: "" };
  const { account: reported } = account("1");
  const created = {
    account: { ...reported, warnings: [...warnings, other] },
    fields: fields.map((entry) => ({ ...entry, confirmed: null })),
  };
  const sendable = { body: {}, fields, warnings, sources: {} };
  const operation: Operation = { ...inState.created, sendable, created };
  expect(JSON.stringify(omitDroppedWarnings(operation)).match(/has no place/g)).toHaveLength(2);
  expect(restoreDroppedWarnings(omitDroppedWarnings(operation))).toEqual(operation);
  // An older version stored the dropped field and its warning.
  expect(restoreDroppedWarnings(operation)).toEqual(operation);
});
