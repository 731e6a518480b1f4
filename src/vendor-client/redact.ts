/** Removes a connection's secrets from its vendor's answers. */
import { readId } from "../../adapters/engine/decode.ts";
import type { Sendable } from "../../adapters/engine/encode.ts";
import type { Outcome } from "../../adapters/engine/outcome.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import { addressPartNames, textNames } from "../../schemas/account.ts";
import type { Warning } from "../../schemas/documents/account.ts";
import type { Json } from "../../schemas/json.ts";
import { redacted } from "./credentials.ts";
import { SecretFinder } from "./find-secrets.ts";

/** Whether a text is known: the gateway sent it, the adapter's table contains it, or it is the account's id. */
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

  /** Redacts secrets and their pieces in a text. A property, so that it can be passed as a function. */
  readonly text = (text: string): string => this.#without(this.#finder.find(text), text);

  /**
   * Redacts secrets and their pieces in the strings, member names and numbers of JSON. A known text contains a piece of a
   * secret only by chance, so only whole secrets are redacted in it.
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

  #without(matches: ReturnType<SecretFinder["find"]>, text: string): string {
    let clean = "";
    let end = 0;
    for (const match of matches) {
      clean += text.slice(end, match.start) + redacted;
      end = match.end;
    }
    return end === 0 ? text : clean + text.slice(end);
  }
}

const redactors = new WeakMap<Plan, Redactor>();

/** The connection's redactor. Makes a new one only when the secrets change, for example with a new token. */
export function redactorFor(plan: Plan, secrets: readonly string[]): Redactor {
  const last = redactors.get(plan);
  if (last?.isFor(secrets)) return last;
  const redactor = new Redactor(secrets);
  redactors.set(plan, redactor);
  return redactor;
}

/**
 * Redacts the outcome of a reply that contains secrets. The reply is interpreted before it is redacted, because a redacted
 * reply may not show that an account was created. The vendor's errors are already redacted.
 */
export function redactOutcome(plan: Plan, sent: Sendable, outcome: Outcome, redactor: Redactor): Outcome {
  // The gateway's own texts contain a piece of a secret only by chance.
  const redactedOutcome = redactor.json(outcome, () => true);
  if (redactedOutcome.kind !== "created") return redactedOutcome;
  const { account } = redactedOutcome;
  const known = knownBefore(plan, sent).add(account.id);
  const isKnown: IsKnown = (text) => known.has(text);
  const clean = <Value>(value: Value) => redactor.json(value, isKnown);
  const { address } = account;
  const withoutReceived = (warning: Warning): Warning =>
    warning.code === "changed_by_vendor" || warning.code === "unreadable"
      ? { ...warning, received: clean(warning.received) }
      : warning;
  return {
    ...redactedOutcome,
    body: clean(redactedOutcome.body),
    account: {
      ...account,
      ...Object.fromEntries(textNames.map((name) => [name, clean(account[name])])),
      address: address && {
        ...address,
        ...Object.fromEntries(addressPartNames.map((part) => [part, clean(address[part])])),
      },
      custom: clean(account.custom),
      vendor_fields: clean(account.vendor_fields),
      warnings: account.warnings.map(withoutReceived),
    },
  };
}

/**
 * Returns a function that redacts the records of one lookup. That function keeps the records' ids and the values that were
 * sent, because the gateway compares them. Call this once per lookup, because it collects the values that were sent.
 */
export function recordRedactor(plan: Plan, sent: Sendable | undefined, redactor: Redactor): (record: Json) => Json {
  const known = knownBefore(plan, sent);
  return (record) => {
    const id = readId(plan, record);
    return redactor.json(record, (text) => text === id || known.has(text));
  };
}

/** The texts that were sent, and the member names in the adapter's table. */
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
