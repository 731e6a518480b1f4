/** Removes a connection's secrets from its vendor's answers. */
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

/** Whether a string or member name was known before the vendor answered, or is the account's id. */
type IsKnown = (text: string) => boolean;

export class Redactor {
  readonly #secrets: readonly string[];
  readonly #finder: SecretFinder;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#finder = new SecretFinder(secrets);
  }

  isFor(secrets: readonly string[]): boolean {
    return secrets.length === this.#secrets.length && secrets.every((secret, index) => secret === this.#secrets[index]);
  }

  /** Whether the text contains no secret and no piece of one. */
  isClean(text: string): boolean {
    return this.#finder.find(text).length === 0;
  }

  /** The text without secrets and their pieces. A property, so that it can be passed as a function. */
  readonly text = (text: string): string => this.#without(this.#finder.find(text), text);

  /**
   * JSON without secrets and their pieces, in its strings, names and numbers. A known text shares a piece with a secret
   * only by chance, so only whole secrets are removed from it.
   */
  json<Value>(value: Value, isKnown: IsKnown): Value {
    const clean = (text: string) =>
      isKnown(text) ? this.#without(this.#finder.find(text, this.#finder.shortest), text) : this.text(text);
    const walk = (part: unknown): unknown => {
      if (typeof part === "string") return clean(part);
      if (typeof part === "number") return clean(String(part)) === String(part) ? part : redacted;
      if (Array.isArray(part)) return part.map(walk);
      if (typeof part !== "object" || part === null) return part;
      return Object.fromEntries(Object.entries(part).map(([member, child]) => [clean(member), walk(child)]));
    };
    return walk(value) as Value;
  }

  #without(echoes: ReturnType<SecretFinder["find"]>, text: string): string {
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

/** The connection's redactor. A new one is made only when the secrets change: for a new token. */
export function redactorFor(plan: Plan, secrets: readonly string[]): Redactor {
  const last = redactors.get(plan);
  if (last?.isFor(secrets)) return last;
  const redactor = new Redactor(secrets);
  redactors.set(plan, redactor);
  return redactor;
}

/**
 * Redacts the outcome of a reply that is not clean. The reply is read before it is redacted, as a redacted text may no
 * longer show that an account was created. The vendor's errors were redacted when they were read.
 */
export function redactOutcome(plan: Plan, sent: Sendable, outcome: Outcome, redactor: Redactor): Outcome {
  // The gateway's own text contains a piece of a secret only by chance.
  const redactedOutcome = redactor.json(outcome, () => true);
  if (redactedOutcome.kind !== "created") return redactedOutcome;
  const { account } = redactedOutcome;
  const known = knownBefore(plan, sent).add(account.id);
  const isKnown: IsKnown = (text) => known.has(text);
  const clean = <Value>(value: Value) => redactor.json(value, isKnown);
  const texts = Object.fromEntries(textFields.options.map((field) => [field, clean(account[field])]));
  const withoutReceived = (warning: Warning): Warning =>
    warning.code === "changed_by_vendor" || warning.code === "unreadable"
      ? { ...warning, received: clean(warning.received) }
      : warning;
  return {
    ...redactedOutcome,
    body: clean(redactedOutcome.body),
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
 * Redacts the records that one lookup found. The id, and what is compared with the account that was sent, stay readable.
 * The account that was sent is walked only once for all records.
 */
export function recordRedactor(plan: Plan, sent: Sendable | undefined, redactor: Redactor): (record: Json) => Json {
  const known = knownBefore(plan, sent);
  return (record) => {
    const id = readId(plan, record);
    return redactor.json(record, (text) => text === id || known.has(text));
  };
}

/** The texts that were sent, and the member names in the adapter's table. The vendor did not invent these. */
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
