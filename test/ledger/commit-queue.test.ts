/** Concurrent changes in one commit. */
import { expect, test } from "vitest";
import { CommitQueue } from "../../src/ledger/commit-queue.ts";

/** A queue that counts its transactions, and takes down in which of them each change ran. */
function queueWith(after: () => void = () => {}) {
  let transactions = 0;
  const commits = new CommitQueue((work) => {
    transactions += 1;
    work();
    after();
  });
  return { commits, transactions: () => transactions };
}

test("changes of one turn share a transaction, in their order, and each has its own answer", async () => {
  const { commits, transactions } = queueWith();
  const ran: number[] = [];
  const change = (number: number) => commits.run(() => ran.push(number) * 10);
  expect(await Promise.all([change(1), change(2), change(3)])).toEqual([10, 20, 30]);
  expect(ran).toEqual([1, 2, 3]);
  expect(transactions()).toBe(1);
});

test("changes of a later turn have a transaction of their own", async () => {
  const { commits, transactions } = queueWith();
  await commits.run(() => {});
  await commits.run(() => {});
  expect(transactions()).toBe(2);
});

test("nothing runs, and nobody is told, before the transaction does", async () => {
  const told: string[] = [];
  const { commits } = queueWith(() => told.push("committed"));
  const change = commits.run(() => told.push("changed"));
  void change.then(() => told.push("answered"));
  expect(told).toEqual([]);
  await change;
  expect(told).toEqual(["changed", "committed", "answered"]);
});

test("a change that throws fails alone", async () => {
  const { commits, transactions } = queueWith();
  const answers = await Promise.allSettled([
    commits.run(() => "before"),
    commits.run(() => {
      throw new Error("Not this one");
    }),
    commits.run(() => "after"),
  ]);
  expect(answers).toEqual([
    { status: "fulfilled", value: "before" },
    { status: "rejected", reason: new Error("Not this one") },
    { status: "fulfilled", value: "after" },
  ]);
  expect(transactions()).toBe(1);
});

test("a transaction that fails fails all of its changes, and not the next", async () => {
  let isFull = true;
  const { commits, transactions } = queueWith(() => {
    if (isFull) throw new Error("The disk is full");
  });
  const answers = await Promise.allSettled([commits.run(() => 1), commits.run(() => 2)]);
  const failed = { status: "rejected", reason: new Error("The disk is full") };
  expect(answers).toEqual([failed, failed]);
  isFull = false;
  expect(await commits.run(() => 3)).toBe(3);
  expect(transactions()).toBe(2);
});

test("a change that is asked for from within another waits for the next transaction", async () => {
  const { commits, transactions } = queueWith();
  const inner = await commits.run(() => commits.run(() => transactions()));
  expect(inner).toBe(2);
});
