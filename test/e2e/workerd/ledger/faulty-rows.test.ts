/** An operation that the ledger cannot read or change does not stop the others. */

import { describe, expect, test } from "vitest";
import type { OperationState } from "../../../../schemas/operation.ts";
import { postponedMs } from "../../../../src/ledger/operation-store.ts";
import {
  advance,
  interceptLedgerCalls,
  interceptVendors,
  ledgerAt,
  loggedText,
  loseCreates,
  nowMs,
  operationOf,
  setup,
  useLedgers,
} from "../../../support/workerd/ledger.ts";
import { day } from "../../../support/time.ts";

useLedgers();

const vendor = "elastic_path";
/** More than one batch of due operations. */
const count = 30;

/** For each state with due work: how a healthy operation gets there, and its next state. */
const healthy: Partial<Record<OperationState, { begin: () => Promise<string | undefined>; becomes: OperationState }>> =
  {
    sending: {
      begin: async () => {
        interceptLedgerCalls((method, call) => (method === "settle" ? Promise.reject(new Error("lost")) : call()));
        return (await ledgerAt(vendor).create()).problem?.operation;
      },
      becomes: "unknown",
    },
    unknown: {
      begin: async () => {
        interceptVendors(loseCreates);
        return (await ledgerAt(vendor).create()).problem?.operation;
      },
      becomes: "unknown",
    },
    queued: {
      begin: async () => {
        interceptVendors(async () => new Response(null, { status: 503 }));
        return (await ledgerAt(vendor).enqueue()).operation?.id;
      },
      becomes: "not_created",
    },
  };

/** Adds copies of an operation that are due before the original, and breaks a member of each copy's document. */
const addFaultyRows = (id: string, member: string): Promise<void> =>
  ledgerAt(vendor).inStorage((storage) => {
    for (let index = 0; index < count; index += 1) {
      storage.sql.exec(
        `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, document)
         SELECT id || '-faulty-' || ?1, 'faulty-' || ?1, key_name, state, due_at_ms - 1, json_set(document, ?2, 5,
           '$.patientUntilMs', json_extract(document, '$.patientUntilMs') - 1)
         FROM operations WHERE id = ?3`,
        String(index),
        member,
        id,
      );
    }
  });

/** The ids of the operations whose faults are logged, once per fault. */
const faults = (): string[] =>
  [...loggedText().matchAll(/\{"ledger_fault":"TypeError at [^"]*","operation":"([^"]*-faulty-\d+)"\}/g)].map(
    ([, id = ""]) => id,
  );

describe.each([
  ["cannot be read", "$.sendable.fields"],
  ["cannot be changed", "$.history"],
])("operations that %s", (_, member) => {
  test.each(Object.entries(healthy))("and are %s delay no healthy operation", async (state, { begin, becomes }) => {
    const { runAlarm, nextAlarmMs } = setup(vendor);
    const id = (await begin()) ?? "";
    expect(await operationOf(id)).toMatchObject({ state });
    const before = await operationOf(id);
    await addFaultyRows(id, member);
    advance(state === "queued" ? day : 60_000);
    await runAlarm();
    // If faulty rows fill a batch, the next alarm is due at once.
    if (((await nextAlarmMs()) ?? 0) <= nowMs()) await runAlarm();
    const after = await operationOf(id);
    expect(after.state).toBe(becomes);
    expect(after.due_at).not.toBe(before.due_at);
    expect(await nextAlarmMs()).toBeGreaterThan(nowMs());
    expect(new Set(faults()).size).toBe(count);
    expect(loggedText()).not.toContain("Acme");

    const faultsBefore = faults().length;
    advance(postponedMs + 1);
    await runAlarm();
    expect(faults().length).toBeGreaterThan(faultsBefore);
  });
});
