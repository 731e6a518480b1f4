/** A vendor with an idempotency key of its own and without any lookup. Apart from that, it is Garmat. */
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { garmat } from "../../adapters/garmat.ts";
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
