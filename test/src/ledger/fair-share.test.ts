/** Gateway keys share call slots and turns fairly. */
import { describe, expect, test } from "vitest";
import { CallSlots, Turns } from "../../../src/ledger/fair-share.ts";

/** Opens call slots. The test ends each call. */
function openSlots(limits = { max: 6, maxPerKey: 5 }) {
  const slots = new CallSlots(limits);
  const running: { name: string; end: () => void }[] = [];
  const begin = (keyName: string, count: number) => {
    for (let index = 0; index < count; index += 1)
      void slots.run(keyName, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        running.push({ name: `${keyName}${index}`, end: resolve });
        return promise;
      });
  };
  const names = () => running.map(({ name }) => name);
  const end = async (name: string) => {
    const index = names().indexOf(name);
    running.splice(index, 1)[0]?.end();
    await nextTurn();
  };
  return { slots, begin, names, end };
}
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("call slots", () => {
  test("no key takes every slot, so another key's call starts at once", async () => {
    const { slots, begin, names } = openSlots();
    begin("a", 9);
    await nextTurn();
    expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    expect(slots.waitingOf("a")).toBe(4);
    begin("b", 1);
    await nextTurn();
    expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0"]);
  });

  test("a free slot goes to the key with the fewest running calls", async () => {
    const { begin, names, end } = openSlots();
    begin("a", 9);
    begin("b", 3);
    begin("c", 1);
    await nextTurn();
    expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0"]);
    await end("a0");
    await end("a1");
    expect(names()).toEqual(["a2", "a3", "a4", "b0", "c0", "b1"]);
  });

  test("keys with equally many running calls get slots in turn", async () => {
    const { begin, names, end } = openSlots({ max: 1, maxPerKey: 1 });
    for (const keyName of ["a", "b", "c"]) begin(keyName, 2);
    await nextTurn();
    const started: string[] = [];
    for (let [name] = names(); name !== undefined; [name] = names()) {
      started.push(name);
      await end(name);
    }
    expect(started).toEqual(["a0", "b0", "c0", "a1", "b1", "c1"]);
  });

  test("a call that fails frees its slot", async () => {
    const slots = new CallSlots({ max: 1, maxPerKey: 1 });
    await expect(slots.run("a", () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    expect(await slots.run("a", async () => 1)).toBe(1);
  });
});

describe("turns", () => {
  const queueOf = (keyName: string, count: number) => ({
    keyName,
    items: Array.from({ length: count }, (_, index) => `${keyName}${index}`),
  });

  test("take one item of each key, then the next of each", () => {
    expect(new Turns().take([queueOf("a", 4), queueOf("b", 1), queueOf("c", 2)], 6)).toEqual([
      "a0",
      "b0",
      "c0",
      "a1",
      "c1",
      "a2",
    ]);
    expect(new Turns().take([], 6)).toEqual([]);
  });

  test("start with the key whose last turn is the longest ago", () => {
    const turns = new Turns();
    const next = () => turns.take([queueOf("a", 9), queueOf("b", 9), queueOf("c", 9)], 1)[0];
    expect(Array.from({ length: 7 }, next)).toEqual(["a0", "b0", "c0", "a0", "b0", "c0", "a0"]);
    expect(turns.take([queueOf("a", 9), queueOf("new", 9)], 1)).toEqual(["new0"]);
  });
});
