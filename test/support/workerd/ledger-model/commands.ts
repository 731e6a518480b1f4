/** The commands of the model. Each run has a random sequence of them. */
import fc from "fast-check";
import { type Answer, crash, interceptLedgerCalls, type LedgerIntercept, restoreLedgerCalls } from "../ledger.ts";
import { minute } from "../../time.ts";
import {
  type ModelRequest,
  type ConfigurationName,
  configurations,
  type Model,
  must,
  type SlotName,
  slotNames,
} from "./model.ts";
import { createFaults, noFaults, readFaults, tokenFaults, type Faults } from "./vendor.ts";

const losses = ["none", "call", "reply", "crash before", "crash after"] as const;
type Loss = (typeof losses)[number];
interface Losses {
  claim: readonly Loss[];
  settle: readonly Loss[];
}

/** A request whose answer the vendor holds back. */
export interface Held {
  slot: SlotName;
  answer: Promise<Answer>;
  open: () => void;
  /** Whether the vendor's answer will report an account. */
  reportsAccount: boolean;
}

export interface Real {
  held: Held[];
}

type Command = fc.AsyncCommand<Model, Real>;

interface CommandOptions {
  description: string;
  check?: (model: Model) => boolean;
  run: (model: Model, real: Real) => Promise<void>;
}

/** A command as fast-check runs and prints it. */
const command = ({ description, check = () => true, run }: CommandOptions): Command => ({
  check,
  run,
  toString: () => description,
});

const often = <Value>(usual: Value, ...others: Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** Faults that hide accounts from lookups until the lease ends. */
const unseenAccounts = fc.record({
  create: fc.constantFrom<Faults["create"]>("answer lost", "late", "500 after create", "repeated"),
  read: fc.constant<Faults["read"]>("ok"),
  token: fc.constant<Faults["token"]>("ok"),
  lagMs: fc.constant(60_000),
  lateness: fc.constant(1),
});

const anyFaults: fc.Arbitrary<Faults> = fc.oneof(
  fc.constant(noFaults),
  unseenAccounts,
  fc.record({
    create: fc.constantFrom(...createFaults),
    read: often<Faults["read"]>("ok", ...readFaults),
    token: fc.oneof({ weight: 9, arbitrary: fc.constant(tokenFaults[0]) }, fc.constantFrom(...tokenFaults)),
    lagMs: fc.constantFrom(0, 30_000, 60_000),
    lateness: fc.constantFrom(0.05, 0.5, 1),
  }),
);
const slotName = often<SlotName>(...slotNames);

const lossesOfMethod = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Loss[]>([]) },
  { weight: 1, arbitrary: fc.constantFrom<Loss>("call", "reply").map((loss): Loss[] => [loss, loss, loss]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...losses), { minLength: 1, maxLength: 3 }) },
);

function loseCalls({ claim, settle }: Losses): LedgerIntercept {
  const left = new Map([
    ["claim", [...claim]],
    ["settle", [...settle]],
  ]);
  return async (method, call) => {
    const lost = () => {
      throw new Error("The call is lost");
    };
    switch (left.get(method)?.shift() ?? "none") {
      case "none":
        return call();
      case "call":
        return lost();
      case "reply":
        await call();
        return lost();
      case "crash before":
        await crash();
        return call();
      case "crash after":
        await call();
        await crash();
        return lost();
    }
  };
}

/** Whether each call succeeds in one of its three tries. */
const callsSucceed = ({ claim, settle }: Losses): boolean =>
  [claim, settle].every((each) => each.filter((loss) => loss !== "none" && loss !== "crash before").length < 3);

async function withFaults(
  model: Model,
  faults: Faults,
  callLosses: Losses | undefined,
  work: () => Promise<void>,
): Promise<void> {
  model.vendorState.faults = faults;
  if (callLosses !== undefined) {
    model.callsSucceed = callsSucceed(callLosses);
    interceptLedgerCalls(loseCalls(callLosses));
  }
  try {
    await work();
  } finally {
    model.vendorState.faults = noFaults;
    model.vendorState.gate = undefined;
    model.callsSucceed = true;
    restoreLedgerCalls();
  }
}

const describeFaults = (faults: Faults): string => (faults === noFaults ? "no faults" : JSON.stringify(faults));

const creates = fc
  .record({
    name: slotName,
    variant: fc.constantFrom(0, 0, 0, 0, 0, 1),
    isAsync: fc.constantFrom(false, false, true),
    query: fc.constantFrom("", "?include=fields"),
    faults: anyFaults,
    callLosses: fc.record({ claim: lossesOfMethod, settle: lossesOfMethod }),
  })
  .map(({ name, variant, isAsync, query, faults, callLosses }) =>
    command({
      description: `create(${name}, body ${variant}${isAsync ? ", async" : ""}${query}, ${describeFaults(faults)}, ${JSON.stringify(callLosses)})`,
      run: (model) =>
        withFaults(model, faults, callLosses, async () => {
          await model.create({ slot: model.slots[name], variant, isAsync, query });
        }),
    }),
  );

/** A caller who retries while lookups may still fail. */
const retries = fc
  .record({
    name: slotName,
    durationMs: fc.constantFrom(1_000, 31_000, 31_000, 61_000),
    times: fc.constantFrom(1, 2, 3),
    read: often<Faults["read"]>("ok", "lost", "500", "garbled"),
  })
  .map(({ name, durationMs, times, read }) =>
    command({
      description: `retry(${name}, ${times} times, each after ${durationMs} ms, reads ${read})`,
      check: (model) => model.hasTimeFor(times * durationMs),
      run: (model) =>
        withFaults(model, read === "ok" ? noFaults : { ...noFaults, read }, undefined, async () => {
          const slot = model.slots[name];
          for (let time = 0; time < times; time += 1) {
            await model.pass(durationMs, false);
            await model.create({ slot, variant: slot.variant, isAsync: false, query: "" });
          }
        }),
    }),
  );

const createsTwice = fc.record({ name: slotName, faults: anyFaults }).map(({ name, faults }) =>
  command({
    description: `createTwice(${name}, ${describeFaults(faults)})`,
    run: (model) =>
      withFaults(model, faults, undefined, () =>
        model.createTwice({ slot: model.slots[name], variant: model.slots[name].variant, isAsync: false, query: "" }),
      ),
  }),
);

const turn = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 0));

/** Waits until the vendor holds the answer to a create. Returns `false` if no create was sent. */
async function isReached(gate: { isReached: boolean }, work: Promise<unknown>): Promise<boolean> {
  const over = work.then(
    () => true,
    () => true,
  );
  while (!gate.isReached && !(await Promise.race([over, turn()])));
  return gate.isReached;
}

function hold(model: Model, { held }: Real, name: SlotName, faults: Faults): Promise<void> {
  return withFaults(model, faults, undefined, async () => {
    const slot = model.slots[name];
    const request: ModelRequest = { slot, variant: slot.variant, isAsync: false, query: "" };
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const gate = { isReached: false, opened };
    model.vendorState.gate = gate;
    const answer = model.create(request);
    // `release()` reports the error.
    answer.catch(() => {});
    if (!(await isReached(gate, answer))) return void (await answer);
    await model.inspect(request);
    model.heldSlots.add(name);
    const reportsAccount = faults.create === "ok" && model.sendsOf(slot).at(-1)?.fate === "created";
    held.push({ slot: name, answer, open, reportsAccount });
  });
}

const holds = fc.record({ name: slotName, faults: anyFaults }).map(({ name, faults }) =>
  command({
    description: `hold(${name}, ${describeFaults(faults)})`,
    run: (model, real) => hold(model, real, name, faults),
  }),
);

export async function release(model: Model, real: Real): Promise<void> {
  const first = real.held.shift();
  if (first === undefined) return;
  first.open();
  if (!real.held.some(({ slot }) => slot === first.slot)) model.heldSlots.delete(first.slot);
  const { status } = await first.answer;
  if (first.reportsAccount)
    must(status === 201, `${first.slot}: an account that was created in time is answered with ${status}`);
}

const releases = fc.constant(command({ description: "release", run: (model, real) => release(model, real) }));

/** The answer to a create arrives after retries. */
const answersLate = fc
  .record({
    name: slotName,
    create: fc.constantFrom<Faults["create"]>("ok", "ok", "429", "invalid", "request lost"),
    waitsMs: fc.array(fc.constantFrom(31_000, 61_000), { minLength: 1, maxLength: 3 }),
  })
  .map(({ name, create, waitsMs }) =>
    command({
      description: `answerLate(${name}, ${create}, after ${waitsMs.join(" + ")} ms)`,
      check: (model) => model.hasTimeFor(3 * 61_000),
      run: async (model, real) => {
        await hold(model, real, name, { ...noFaults, create, lagMs: 60_000 });
        const slot = model.slots[name];
        for (const waitMs of waitsMs) {
          await model.pass(waitMs, false);
          await model.create({ slot, variant: slot.variant, isAsync: false, query: "" });
        }
        while (real.held.length > 0) await release(model, real);
      },
    }),
  );

const crashes = fc.constant(
  command({
    description: "crash",
    run: async (model) => {
      await crash();
      await model.inspect();
    },
  }),
);

const passes = fc
  .record({
    durationMs: fc.constantFrom(1_000, 6_000, 31_000, 31_000, 61_000, 61_000, 91_000, 10 * minute, 25 * 60 * minute),
    withAlarms: fc.constantFrom(true, true, false),
    faults: anyFaults,
  })
  .map(({ durationMs, withAlarms, faults }) => {
    // If the vendor fails for a day, the ledger tries once an hour.
    const read = faults.read === "ok" ? faults.read : "429 for an hour";
    const dayFaults: Faults = durationMs > 10 * minute ? { ...noFaults, read } : faults;
    return command({
      description: `pass(${durationMs} ms, ${withAlarms ? "alarms" : "no alarms"}, ${describeFaults(dayFaults)})`,
      check: (model) => model.hasTimeFor(durationMs),
      run: (model) =>
        withFaults(model, dayFaults, undefined, async () => {
          await model.pass(durationMs, withAlarms);
          await model.inspect();
        }),
    });
  });

const alarms = fc.record({ times: fc.constantFrom(1, 2), faults: anyFaults }).map(({ times, faults }) =>
  command({
    description: `alarm(${times} times, ${describeFaults(faults)})`,
    run: (model) =>
      withFaults(model, faults, undefined, async () => {
        for (let time = 0; time < times; time += 1) await model.ledger.runInLedger((ledger) => ledger.alarm?.());
        await model.inspect();
      }),
  }),
);

const alarmsCutOff = fc.record({ faults: anyFaults }).map(({ faults }) =>
  command({
    description: `alarmCutOff(${describeFaults(faults)})`,
    run: (model) =>
      withFaults(model, faults, undefined, async () => {
        const gate = { isReached: false, opened: new Promise<void>(() => {}) };
        model.vendorState.gate = gate;
        const ran = model.ledger.runAlarm().catch(() => false);
        await isReached(gate, ran);
        await crash();
        await ran;
        model.vendorState.gate = undefined;
        await model.inspect();
      }),
  }),
);

const configures = often<ConfigurationName>(...configurations).map((name) =>
  command({
    description: `configure(${name})`,
    run: async (model) => {
      await model.configure(name);
      await model.inspect();
    },
  }),
);

const resolves = slotName.map((name) =>
  command({ description: `resolve(${name})`, run: (model) => model.resolve(model.slots[name]) }),
);

/** Another account takes the unique value before the first attempt, or after a failed attempt. */
const takesUniqueValue = fc
  .record({ name: slotName, create: fc.constantFrom<Faults["create"] | null>(null, "429", "request lost") })
  .map(({ name, create }) =>
    command({
      description: `takeUniqueValue(${name}${create === null ? "" : `, after ${create}`})`,
      check: (model) => model.configuration !== "elsewhere" && model.hasTimeFor(2 * minute),
      run: async (model) => {
        const slot = model.slots[name];
        const request: ModelRequest = { slot, variant: slot.variant, isAsync: false, query: "" };
        if (create !== null)
          await withFaults(model, { ...noFaults, create }, undefined, async () => void (await model.create(request)));
        await model.takeUniqueValue(slot);
        await model.pass(2 * minute, true);
        await model.create(request);
      },
    }),
  );

/** A vendor that creates an account, and then answers no lookup for hours. */
const outages = fc
  .record({
    name: slotName,
    create: fc.constantFrom<Faults["create"]>("answer lost", "request lost"),
    hours: fc.constantFrom(3, 25),
  })
  .map(({ name, create, hours }) =>
    command({
      description: `outage(${name}, ${create}, ${hours} hours)`,
      check: (model) => model.hasTimeFor(hours * 60 * minute),
      run: (model) =>
        withFaults(model, { ...noFaults, create, read: "429 for an hour" }, undefined, async () => {
          const slot = model.slots[name];
          await model.create({ slot, variant: slot.variant, isAsync: false, query: "" });
          model.vendorState.faults = { ...noFaults, read: "429 for an hour" };
          await model.pass(hours * 60 * minute, true);
          await model.inspect();
        }),
    }),
  );

/** A command that is in this list several times runs more often. */
export const modelCommands: fc.Arbitrary<Command>[] = [
  creates,
  creates,
  creates,
  creates,
  createsTwice,
  retries,
  retries,
  holds,
  holds,
  releases,
  answersLate,
  answersLate,
  crashes,
  passes,
  passes,
  passes,
  alarms,
  alarmsCutOff,
  configures,
  resolves,
  takesUniqueValue,
  outages,
];
