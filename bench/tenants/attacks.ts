/** One tenant's attacks on the others. Each attack has a limit of calls, of calls per second, and of time. */
import * as z from "zod/mini";
import { type Call, connection, create } from "./gateway.ts";

/** Sends the attacker's calls: `send` ignores the answer's body, `read` returns it. */
export interface Client {
  send: (call: Call) => Promise<number>;
  read: (call: Call) => Promise<{ status: number; text: string }>;
}

export interface Attack {
  /** How many calls run at the same time. */
  loops: number;
  perSecond: number;
  /** The maximum number of calls of all loops together. */
  maxCalls: number;
  /** Prepares the attack, and returns a function that makes the call with the given index. */
  begin: (client: Client) => Promise<(index: number) => Promise<void>>;
}

const list: Call = { method: "GET", path: `/v1/operations?connection=${connection}` };
const listPage = z.object({ next_cursor: z.nullable(z.string()) });

export const attacks = {
  /** Fills the queue with creates that the vendor rejects. */
  queue: {
    loops: 4,
    perSecond: 100,
    maxCalls: 400,
    begin: async ({ send }) => {
      const statuses = [403, 429, 500];
      return async (index) => {
        const name = `status:${statuses[index % statuses.length]} ${index}`;
        await send(create(`poison-${index}`, { name }, { prefer: "respond-async" }));
      };
    },
  },
  /** Creates accounts of almost 64 kB with as many members as the gateway accepts, and lists them. */
  rows: {
    loops: 4,
    perSecond: 20,
    maxCalls: 400,
    begin: async ({ send }) => {
      const createOf = (key: string, body: object) => create(key, body, { prefer: "handling=lenient" });
      const body = await largestAccepted(async (each) => (await send(createOf(crypto.randomUUID(), each))) === 201);
      return async (index) => {
        await send(index % 5 === 4 ? list : createOf(`large-${index}`, body));
      };
    },
  },
  /** Previews bodies of almost 64 kB for every connection. */
  previews: {
    loops: 4,
    perSecond: 10,
    maxCalls: 400,
    begin: async ({ send }) => {
      const preview = (body: object): Call => ({ method: "POST", path: "/v1/accounts/preview", body });
      const body = await largestAccepted(async (each) => (await send(preview(each))) === 200);
      return async () => {
        await send(preview(body));
      };
    },
  },
  /** Reads the list of operations page by page. */
  lists: {
    loops: 4,
    perSecond: 100,
    maxCalls: 4000,
    begin: async ({ send, read }) => {
      await repeat(1000, (index) => send(create(`listed-${index}`, { name: `Listed ${index}` })));
      let cursor: string | null = null;
      return async () => {
        const { status, text } = await read(
          cursor === null ? list : { ...list, path: `${list.path}&cursor=${encodeURIComponent(cursor)}` },
        );
        cursor = status === 200 ? listPage.parse(JSON.parse(text)).next_cursor : null;
      };
    },
  },
  /** Checks the connection. The new token of a check may revoke a token that the gateway uses. */
  checks: {
    loops: 4,
    perSecond: 20,
    maxCalls: 1000,
    begin: async ({ send }) => {
      const check: Call = { method: "POST", path: `/v1/connections/${connection}/check` };
      return async () => {
        await send(check);
      };
    },
  },
  /** Retries creates with an unknown outcome while the vendor answers lookups with errors. */
  lookups: {
    loops: 16,
    perSecond: 50,
    maxCalls: 2000,
    begin: async ({ send }) => {
      const unknown = 100;
      const lost = (index: number) =>
        create(`lost-${index}`, { name: `status:502 ${index}`, external_ref: `status:503 ${index}` });
      await repeat(unknown, (index) => send(lost(index)));
      return async (index) => {
        await send(lost(index % unknown));
      };
    },
  },
} satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;
export const attackNames = Object.keys(attacks) as AttackName[];

/**
 * Returns the first body that the gateway accepts. If the gateway refuses all bodies, returns the last one, so that the
 * attack sends creates that the gateway refuses.
 */
async function largestAccepted(isAccepted: (body: object) => Promise<boolean>): Promise<object> {
  for (const body of largeBodies) if (await isAccepted(body)) return body;
  return largeBodies.at(-1) ?? {};
}

/**
 * The first body has the most members that fit into 64 KiB. The next ones have fewer but longer values, and the
 * last one is short.
 */
const largeBodies = [bodyOf(7900, 0), bodyOf(1000, 50), bodyOf(190, 310), bodyOf(90, 670), bodyOf(190, 5)];

function bodyOf(members: number, valueLength: number): object {
  const value = valueLength === 0 ? 0 : "x".repeat(valueLength);
  return {
    name: "Large Corporation",
    custom: Object.fromEntries(Array.from({ length: members }, (_, index) => [threeCharacters(index), value])),
  };
}

/** Returns a different text for each index. The first character is a letter. */
function threeCharacters(index: number): string {
  const characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const base = characters.length;
  return [index / base ** 2, (index / base) % base, index % base]
    .map((digit) => characters[Math.floor(digit)])
    .join("");
}

/** Makes `count` calls, 16 at a time. */
async function repeat(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
