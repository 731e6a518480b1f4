/** Concurrent changes in one commit: the platform commits together what is written without an await in between. */
import { expect, test } from "vitest";
import { CommitQueue } from "../../../src/ledger/journal.ts";

/** A queue, and what ran: a `|` stands wherever anything else could have come in between. */
function recorded() {
  const commits = new CommitQueue();
  const ran: string[] = [];
  const change = (name: string) =>
    commits.run(() => {
      ran.push(name);
      queueMicrotask(() => ran.push("|"));
      return `${name} is done`;
    });
  return { commits, ran, change };
}

test("changes of one turn run in their order with nothing in between, and each has its own answer", async () => {
  const { ran, change } = recorded();
  expect(await Promise.all([change("a"), change("b"), change("c")])).toEqual(["a is done", "b is done", "c is done"]);
  expect(ran.slice(0, 4)).toEqual(["a", "b", "c", "|"]);
});

test("changes of a later turn run apart", async () => {
  const { ran, change } = recorded();
  await change("a");
  await change("b");
  expect(ran.slice(0, 3)).toEqual(["a", "|", "b"]);
});

test("nothing runs at once", async () => {
  const { ran, change } = recorded();
  const asked = change("a");
  expect(ran).toEqual([]);
  await asked;
  expect(ran[0]).toBe("a");
});

test("a change that throws fails alone", async () => {
  const { commits, change } = recorded();
  const answers = await Promise.allSettled([
    change("a"),
    commits.run(() => {
      throw new Error("Not this one");
    }),
    change("b"),
  ]);
  expect(answers).toEqual([
    { status: "fulfilled", value: "a is done" },
    { status: "rejected", reason: new Error("Not this one") },
    { status: "fulfilled", value: "b is done" },
  ]);
});

test("a change that is asked for from within another waits for the next turn", async () => {
  const { commits, ran, change } = recorded();
  const asked: Promise<string>[] = [];
  await Promise.all([commits.run(() => asked.push(change("inner"))), change("of the same turn")]);
  await Promise.all(asked);
  expect(ran.filter((name) => name !== "|")).toEqual(["of the same turn", "inner"]);
});
