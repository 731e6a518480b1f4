/** `CommitQueue` runs concurrent changes without an `await` between them, so the platform commits them together. */
import { expect, test } from "vitest";
import { CommitQueue } from "../../../src/ledger/journal.ts";

/** Creates a queue, and records the changes that ran. A `|` marks a point where other code can run. */
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

test("changes of one turn run in order without interruption, and each gets its own result", async () => {
  const { ran, change } = recorded();
  expect(await Promise.all([change("a"), change("b"), change("c")])).toEqual(["a is done", "b is done", "c is done"]);
  expect(ran.slice(0, 4)).toEqual(["a", "b", "c", "|"]);
});

test("changes of a later turn run separately", async () => {
  const { ran, change } = recorded();
  await change("a");
  await change("b");
  expect(ran.slice(0, 3)).toEqual(["a", "|", "b"]);
});

test("a change does not run synchronously", async () => {
  const { ran, change } = recorded();
  const changed = change("a");
  expect(ran).toEqual([]);
  await changed;
  expect(ran[0]).toBe("a");
});

test("a change that throws does not fail the others", async () => {
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

test("a change that starts inside another one waits for the next turn", async () => {
  const { commits, ran, change } = recorded();
  const changed: Promise<string>[] = [];
  await Promise.all([commits.run(() => changed.push(change("inner"))), change("of the same turn")]);
  await Promise.all(changed);
  expect(ran.filter((name) => name !== "|")).toEqual(["of the same turn", "inner"]);
});
