/** Calls share a few connections. */
import { expect, test } from "vitest";
import { CallSlots } from "../../../src/ledger/fair-share.ts";

/** Calls that end when a test says so. */
function openSlots(limits = { max: 6, maxPerKey: 5 }) {
  const slots = new CallSlots(limits);
  const underWay: { name: string; end: () => void }[] = [];
  const begin = (keyName: string, count: number) => {
    for (let index = 0; index < count; index += 1)
      void slots.run(keyName, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        underWay.push({ name: `${keyName}${index}`, end: resolve });
        return promise;
      });
  };
  const names = () => underWay.map(({ name }) => name);
  const end = async (name: string) => {
    const index = names().indexOf(name);
    underWay.splice(index, 1)[0]?.end();
    await settle();
  };
  return { slots, begin, names, end };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("no key takes them all: another's call begins at once", async () => {
  const { slots, begin, names } = openSlots();
  begin("a", 9);
  await settle();
  expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4"]);
  expect(slots.waitingOf("a")).toBe(4);
  begin("b", 1);
  await settle();
  expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0"]);
});

test("a slot that falls free goes to the key with the fewest calls under way", async () => {
  const { begin, names, end } = openSlots();
  begin("a", 9);
  begin("b", 3);
  begin("c", 1);
  await settle();
  expect(names()).toEqual(["a0", "a1", "a2", "a3", "a4", "b0"]);
  await end("a0");
  await end("a1");
  expect(names()).toEqual(["a2", "a3", "a4", "b0", "c0", "b1"]);
});

test("among keys with as many calls under way, a slot goes to each in turn", async () => {
  const { begin, names, end } = openSlots({ max: 1, maxPerKey: 1 });
  for (const keyName of ["a", "b", "c"]) begin(keyName, 2);
  await settle();
  const started: string[] = [];
  for (let [name] = names(); name !== undefined; [name] = names()) {
    started.push(name);
    await end(name);
  }
  expect(started).toEqual(["a0", "b0", "c0", "a1", "b1", "c1"]);
});

test("a call that fails gives up its slot", async () => {
  const slots = new CallSlots({ max: 1, maxPerKey: 1 });
  await expect(slots.run("a", () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  expect(await slots.run("a", async () => 1)).toBe(1);
});
