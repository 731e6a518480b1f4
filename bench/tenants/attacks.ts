/** What one tenant does to harm the others: each attack is bounded in requests, in their rate, and in time. */
import * as z from "zod/mini";
import { type Call, connection, create } from "./gateway.ts";

/** The attacker's calls: `send` drops the answer's body, `read` gives it. */
export interface Client {
  send: (call: Call) => Promise<number>;
  read: (call: Call) => Promise<{ status: number; text: string }>;
}

export interface Attack {
  /** How many calls are under way at once. */
  loops: number;
  perSecond: number;
  /** How many calls there are in all. */
  most: number;
  /** Prepares the attack, and gives its calls one by one. */
  begin: (client: Client) => Promise<(index: number) => Promise<void>>;
}

const list: Call = { method: "GET", path: `/v1/operations?connection=${connection}` };
const listPage = z.object({ next_cursor: z.nullable(z.string()) });

export const attacks = {
  /** A queue full of creates that the vendor refuses for what is in them. */
  queue: {
    loops: 4,
    perSecond: 100,
    most: 400,
    begin: async ({ send }) => {
      const statuses = [403, 429, 500];
      return async (index) => {
        const name = `status:${statuses[index % statuses.length]} ${index}`;
        await send(create(`poison-${index}`, { name }, { prefer: "respond-async" }));
      };
    },
  },
  /** Creates of nearly 64 kB with as many members as are taken, and the list that they stand in. */
  rows: {
    loops: 4,
    perSecond: 20,
    most: 400,
    begin: async ({ send }) => {
      const createOf = (key: string, body: object) => create(key, body, { prefer: "handling=lenient" });
      const body = await fattest(async (each) => (await send(createOf(crypto.randomUUID(), each))) === 201);
      return async (index) => {
        await send(index % 5 === 4 ? list : createOf(`fat-${index}`, body));
      };
    },
  },
  /** Previews of such bodies for every connection. */
  previews: {
    loops: 4,
    perSecond: 10,
    most: 400,
    begin: async ({ send }) => {
      const preview = (body: object): Call => ({ method: "POST", path: "/v1/accounts/preview", body });
      const body = await fattest(async (each) => (await send(preview(each))) === 200);
      return async () => {
        await send(preview(body));
      };
    },
  },
  /** Reads of the list, page after page. */
  lists: {
    loops: 4,
    perSecond: 100,
    most: 4000,
    begin: async ({ send, read }) => {
      await several(1000, (index) => send(create(`listed-${index}`, { name: `Listed ${index}` })));
      let cursor: string | null = null;
      return async () => {
        const { status, text } = await read(
          cursor === null ? list : { ...list, path: `${list.path}&cursor=${encodeURIComponent(cursor)}` },
        );
        cursor = status === 200 ? listPage.parse(JSON.parse(text)).next_cursor : null;
      };
    },
  },
  /** Checks of the connection, each of which may take a live token away. */
  checks: {
    loops: 4,
    perSecond: 20,
    most: 1000,
    begin: async ({ send }) => {
      const check: Call = { method: "POST", path: `/v1/connections/${connection}/check` };
      return async () => {
        await send(check);
      };
    },
  },
  /** Retries of creates whose outcome is unknown, while the vendor fails to be read. */
  lookups: {
    loops: 16,
    perSecond: 50,
    most: 2000,
    begin: async ({ send }) => {
      const unknown = 100;
      const lost = (index: number) =>
        create(`lost-${index}`, { name: `status:502 ${index}`, external_ref: `status:503 ${index}` });
      await several(unknown, (index) => send(lost(index)));
      return async (index) => {
        await send(lost(index % unknown));
      };
    },
  },
} satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;
export const attackNames = Object.keys(attacks) as AttackName[];

/** The first body that is taken; the last one where none is, so that its refusals are the attack. */
async function fattest(isTaken: (body: object) => Promise<boolean>): Promise<object> {
  for (const body of fatBodies) if (await isTaken(body)) return body;
  return fatBodies.at(-1) ?? {};
}

/** The most members that fit into 64 KiB, then fewer and longer ones; last, as few bytes as many members take. */
const fatBodies = [bodyOf(7900, 0), bodyOf(1000, 50), bodyOf(190, 310), bodyOf(90, 670), bodyOf(190, 5)];

function bodyOf(members: number, valueLength: number): object {
  const value = valueLength === 0 ? 0 : "x".repeat(valueLength);
  return {
    name: "Fat Corporation",
    custom: Object.fromEntries(Array.from({ length: members }, (_, index) => [shortName(index), value])),
  };
}

/** Three characters, the first of them a letter. */
function shortName(index: number): string {
  const characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const base = characters.length;
  return [index / base ** 2, (index / base) % base, index % base]
    .map((digit) => characters[Math.floor(digit)])
    .join("");
}

/** Makes so many calls, a few at a time. */
async function several(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
