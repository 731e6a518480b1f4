/** Takes a connection's secrets out of what its vendor sends back. */
import { readId } from "../../adapters/engine/decode.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import type { Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import { textFields } from "../../schemas/account.ts";
import type { Warning } from "../../schemas/documents/account.ts";
import type { Json } from "../../schemas/json.ts";
import { redacted } from "./credentials.ts";
import { SecretFinder } from "./find-secrets.ts";

/** Whether a string or a member's name was known before the vendor answered, or is the account's id. */
type IsKnown = (text: string) => boolean;

export class Redactor {
  readonly #secrets: readonly string[];
  readonly #echoes: SecretFinder;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#echoes = new SecretFinder(secrets);
  }

  isFor(secrets: readonly string[]): boolean {
    return secrets.length === this.#secrets.length && secrets.every((secret, index) => secret === this.#secrets[index]);
  }

  /** Whether the text repeats nothing of a secret, not even a piece. */
  isClean(text: string): boolean {
    return this.#echoes.in(text).length === 0;
  }

  /** A text without the secrets and their pieces. Not a method, so that it can be passed on. */
  readonly text = (text: string): string => this.#without(this.#echoes.in(text), text);

  /**
   * JSON without the secrets and their pieces, in its strings, names and numbers. What is known shares a piece with a
   * secret by chance, so that only a whole secret is taken out of it.
   */
  json<Value>(value: Value, isKnown: IsKnown): Value {
    const clean = (text: string) =>
      isKnown(text) ? this.#without(this.#echoes.in(text, this.#echoes.shortest), text) : this.text(text);
    const walk = (part: unknown): unknown => {
      if (typeof part === "string") return clean(part);
      if (typeof part === "number") return clean(String(part)) === String(part) ? part : redacted;
      if (Array.isArray(part)) return part.map(walk);
      if (typeof part !== "object" || part === null) return part;
      return Object.fromEntries(Object.entries(part).map(([member, child]) => [clean(member), walk(child)]));
    };
    return walk(value) as Value;
  }

  #without(echoes: ReturnType<SecretFinder["in"]>, text: string): string {
    let clean = "";
    let end = 0;
    for (const echo of echoes) {
      clean += text.slice(end, echo.start) + redacted;
      end = echo.end;
    }
    return end === 0 ? text : clean + text.slice(end);
  }
}

const redactors = new WeakMap<Plan, Redactor>();

/** The connection's, which is made anew only for other secrets: for another token. */
export function redactorFor(plan: Plan, secrets: readonly string[]): Redactor {
  const last = redactors.get(plan);
  if (last?.isFor(secrets)) return last;
  const redactor = new Redactor(secrets);
  redactors.set(plan, redactor);
  return redactor;
}

/**
 * The outcome of a reply that is not clean. The reply is read first and redacted then: a text that is changed before it
 * is read may no longer say that an account was created. The errors were redacted as they were read.
 */
export function redactOutcome(plan: Plan, sent: Sendable, outcome: Outcome, redactor: Redactor): Outcome {
  // In the gateway's own words, no piece comes from the vendor.
  const told = redactor.json(outcome, () => true);
  if (told.kind !== "created") return told;
  const { account } = told;
  const known = knownBefore(plan, sent).add(account.id);
  const isKnown: IsKnown = (text) => known.has(text);
  const clean = <Value>(value: Value) => redactor.json(value, isKnown);
  const texts = Object.fromEntries(textFields.options.map((field) => [field, clean(account[field])]));
  const withoutReceived = (warning: Warning): Warning =>
    warning.code === "changed_by_vendor" || warning.code === "unreadable"
      ? { ...warning, received: clean(warning.received) }
      : warning;
  return {
    ...told,
    body: clean(told.body),
    account: {
      ...account,
      ...texts,
      custom: clean(account.custom),
      vendor_fields: clean(account.vendor_fields),
      warnings: account.warnings.map(withoutReceived),
    },
  };
}

/**
 * Redacts the records that one lookup found. What is read in a record stays readable: its id, and what is compared with
 * what was sent. The request is walked once, however many records there are.
 */
export function recordRedactor(plan: Plan, sent: Sendable | undefined, redactor: Redactor): (record: Json) => Json {
  const known = knownBefore(plan, sent);
  return (record) => {
    const id = readId(plan, record);
    return redactor.json(record, (text) => text === id || known.has(text));
  };
}

/** What was sent, and the names in the vendor's bodies that the table has: of these, no piece comes from the vendor. */
function knownBefore(plan: Plan, sent: Sendable | undefined): Set<string> {
  const { id: idAt, created_at, updated_at, envelopes } = plan.adapter.reply;
  const names = [idAt, ...created_at, ...updated_at, ...envelopes, ...plan.rows.map(({ to }) => to)].flatMap(toPath);
  const known = new Set(names);
  JSON.stringify([sent?.body, sent?.fields], (name, value: unknown) => {
    known.add(name);
    if (typeof value === "string" || typeof value === "number") known.add(String(value));
    return value;
  });
  return known;
}
