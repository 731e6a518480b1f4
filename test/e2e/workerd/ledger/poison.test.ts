/** An operation that cannot be read or changed stops no other. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { OperationState } from "../../../../schemas/operation.ts";
import { postponedMs } from "../../../../src/ledger/operation-store.ts";
import {
  advance,
  beforeCommit,
  create,
  ledgerCallsGo,
  ledgerOf,
  loggedText,
  nextAlarmMs,
  nowMs,
  operationOf,
  runAlarm,
  useLedgers,
  vendorsAnswer,
} from "./ledger.ts";
import { enqueue } from "./queue.ts";

useLedgers();

const vendor = "elastic_path";
const acme = { name: "Acme" };
/** More than one batch. */
const count = 30;
const day = 24 * 60 * 60 * 1000;

/** One healthy operation in each state in which the ledger acts by itself, and the state that it comes to. */
const healthy: Partial<Record<OperationState, { begin: () => Promise<string | undefined>; becomes: OperationState }>> =
  {
    sending: {
      begin: async () => {
        ledgerCallsGo((method, call) => (method === "settle" ? Promise.reject(new Error("lost")) : call()));
        return (await create(vendor, acme)).problem?.operation;
      },
      becomes: "unknown",
    },
    unknown: {
      begin: async () => {
        vendorsAnswer(beforeCommit);
        return (await create(vendor, acme)).problem?.operation;
      },
      becomes: "unknown",
    },
    queued: {
      begin: async () => {
        vendorsAnswer(async () => new Response(null, { status: 503 }));
        return (await enqueue(vendor, acme)).operation?.id;
      },
      becomes: "not_created",
    },
  };

/** Copies of an operation that are due a little before it, with something in their documents that no code can handle. */
const addPoison = (id: string, member: string): Promise<void> =>
  runInDurableObject(ledgerOf(vendor), (_ledger, { storage }) => {
    for (let index = 0; index < count; index += 1) {
      storage.sql.exec(
        `INSERT INTO operations (id, key_digest, key_name, state, due_at_ms, document)
         SELECT id || '-poison-' || ?1, 'poison-' || ?1, key_name, state, due_at_ms - 1, json_set(document, ?2, 5,
           '$.patientUntilMs', json_extract(document, '$.patientUntilMs') - 1)
         FROM operations WHERE id = ?3`,
        String(index),
        member,
        id,
      );
    }
  });

/** The operations of which the log tells that they met a fault; each time again. */
const faults = (): string[] =>
  [...loggedText().matchAll(/\{"ledger_fault":"TypeError at [^"]*","operation":"([^"]*-poison-\d+)"\}/g)].map(
    ([, id = ""]) => id,
  );

describe.each([
  ["cannot be read", "$.sendable.fields"],
  ["cannot be changed", "$.history"],
])("operations that %s", (_, member) => {
  test.each(Object.entries(healthy))("and are %s keep no healthy one waiting", async (state, { begin, becomes }) => {
    const id = (await begin()) ?? "";
    expect(await operationOf(id)).toMatchObject({ state });
    const before = await operationOf(id);
    await addPoison(id, member);
    advance(state === "queued" ? day : 60_000);
    await runAlarm(vendor);
    // Where poison fills a batch, what is left is due at once.
    if (((await nextAlarmMs(vendor)) ?? 0) <= nowMs()) await runAlarm(vendor);
    const after = await operationOf(id);
    expect(after.state).toBe(becomes);
    expect(after.due_at).not.toBe(before.due_at);
    expect(await nextAlarmMs(vendor)).toBeGreaterThan(nowMs());
    expect(new Set(faults()).size).toBe(count);
    expect(loggedText()).not.toContain("Acme");

    const met = faults().length;
    advance(postponedMs + 1);
    await runAlarm(vendor);
    expect(faults().length).toBeGreaterThan(met);
  });
});
