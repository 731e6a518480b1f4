/** A vendor with an idempotency key of its own and without any lookup. Apart from that, it is Garmat. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { garmat } from "../../adapters/garmat.ts";
import { withFaults } from "../../sandbox/faults.ts";
import { type SandboxOptions, withDefaults } from "../../sandbox/sandbox.ts";
import { day } from "./time.ts";

/** For how long the vendor remembers a key. */
export const keyLifetimeMs = day;

export const idempotent: Adapter = {
  ...garmat,
  vendor: "idempotent",
  title: "Idempotent",
  idempotencyKey: { header: "Idempotency-Key", lifetimeMs: keyLifetimeMs, inProgressStatuses: [409] },
  lookups: [],
};

interface Answer {
  status: number;
  body: string;
}

/** The vendor's first answers, by key. */
export class FirstAnswers {
  readonly #answers = new Map<string, { answer: Promise<Answer>; untilMs: number }>();

  /** The first answer to a create with this key. The vendor processes a create whose key it does not know. */
  async answer(headers: Headers, nowMs: number, process: () => Promise<Response>): Promise<Response> {
    const key = headers.get("Idempotency-Key") ?? "";
    const known = this.#answers.get(key);
    const first =
      known !== undefined && nowMs < known.untilMs
        ? known
        : { answer: process().then(readAnswer), untilMs: nowMs + keyLifetimeMs };
    this.#answers.set(key, first);
    const { status, body } = await first.answer;
    return new Response(body, { status, headers: { "Content-Type": "application/json" } });
  }
}

const readAnswer = async (reply: Response): Promise<Answer> => ({ status: reply.status, body: await reply.text() });

const account = z.object({ name: z.string(), type: z.string() });
const accountName = z.pipe(
  account,
  z.transform(({ name }) => name),
);

/** The vendor as a sandbox. A fault changes only one answer, so a repeat still gets the first answer. */
export function createIdempotentSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const firstAnswers = new FirstAnswers();
  const app = new Hono();
  const refuse = (status: number, error: string, headers = {}) => Response.json({ error }, { status, headers });
  const create = async (body: unknown): Promise<Response> => {
    const created = { ...account.parse(body), id: sandbox.newId() };
    const createdAt = sandbox.clock.now();
    await sandbox.store.insert({ id: created.id, unique: null, createdAt, body: JSON.stringify(created) });
    return Response.json(created);
  };
  app.post(
    "/api/accounts",
    withFaults({ sandbox, refuse, name: accountName }, ({ req }, body) =>
      firstAnswers.answer(req.raw.headers, sandbox.clock.now(), () => create(body)),
    ),
  );
  app.get("/api/accounts", () => Response.json({ data: [] }));
  app.onError((error) => {
    throw error;
  });
  return app;
}
