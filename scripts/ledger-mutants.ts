/** The mutants of `npm run test:mutants`. Each mutant breaks one rule of the ledger or of the recognition of accounts. */
export interface Mutant {
  name: string;
  file: string;
  /** The text to replace. It occurs exactly once in the file. */
  text: string;
  replacement: string;
  /** The test that must fail; by default the model-based test. */
  test?: string;
}

export const modelTest = "test/e2e/workerd/ledger/model.test.ts";
const transitionsTest = "test/src/ledger/transitions.test.ts";
const recognitionTest = "test/e2e/workerd/ledger/recognition.test.ts";
const strangeVendorsTest = "test/e2e/workerd/ledger/strange-vendors.test.ts";
const repeatTest = "test/e2e/workerd/ledger/repeat.test.ts";
const lookupTest = "test/adapters/engine/lookup.test.ts";
const planTest = "test/adapters/engine/plan.test.ts";

const claim = "src/ledger/claim.ts";
const transitions = "src/ledger/transitions.ts";
const journal = "src/ledger/journal.ts";
const ledger = "src/ledger/ledger.ts";
const reconciler = "src/ledger/reconciler.ts";
const findAccount = "src/ledger/find-account.ts";
const reconcile = "src/ledger/reconcile.ts";

export const mutants: readonly Mutant[] = [
  {
    name: "a create is sent again while `sending`",
    file: claim,
    text: `    case "sending":
      return found(operation);`,
    replacement: `      return found(operation);
    case "sending":
      return claimOrQueue(operation, request, now);`,
  },
  {
    name: "one absence is enough for `not_created`",
    file: reconcile,
    text: `  if (missingSinceMs === null) return { ...operation, missingSinceMs: beganAtMs, dueAtMs: beganAtMs + settleWindowMs };
  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };
`,
    replacement: "",
  },
  {
    name: "`created` is ignored after `unknown`",
    file: transitions,
    text: `  if (outcome.kind === "created") return becomeCreated(`,
    replacement: `  if (outcome.kind === "created") return operation.state === "unknown" ? operation : becomeCreated(`,
  },
  {
    name: "an idempotency key is shared by all gateway keys",
    file: "src/create/create-keyed.ts",
    text: "digest(`${keyName}\\n${idempotencyKey}`)",
    replacement: "digest(idempotencyKey)",
  },
  {
    name: "each attempt has a new stamp",
    file: claim,
    text: "holdBack(operation, lookup, now) ?? claimOrQueue(operation, request, now)",
    replacement:
      "holdBack(operation, lookup, now) ?? claimOrQueue({ ...operation, sendable: request.newOperation?.sendable ?? null }, request, now)",
  },
  {
    name: "an alarm sends again",
    file: transitions,
    text: `  return becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", now);`,
    replacement: `  return operation.isAsync
    ? enqueue(operation, "lease_expired", now)
    : becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", now);`,
  },
  {
    name: "a repeated claim with the same nonce counts as another caller's",
    file: claim,
    text: `operation.state === "sending" && operation.nonce === request.nonce`,
    replacement: "false",
  },
  {
    name: "the fingerprint is ignored",
    file: claim,
    text: `  if (operation.fingerprint !== request.fingerprint) return { kind: "reused" };\n`,
    replacement: "",
  },
  {
    name: "a final operation is replayed for another target",
    file: claim,
    text: `    return isFinal(operation) ? { kind: "reused" } : found(operation);`,
    replacement: "    return found(operation);",
  },
  {
    name: "an account is looked up in another target",
    file: findAccount,
    text: `  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };\n`,
    replacement: "",
  },
  {
    name: "a create is sent again without a lookup",
    file: claim,
    text: "!operation.mayHaveCreated || (request.isAsync && operation.heldBackUntilMs === 0)",
    replacement: "true",
    test: "test/src/ledger/claim.test.ts",
  },
  {
    name: "a create is queued again without a lookup",
    file: "src/ledger/send-queue.ts",
    text: "if (operation.mayHaveCreated && !operation.isRepeat) {",
    replacement: "if (false) {",
    test: "test/e2e/workerd/ledger/send-queue.test.ts",
  },
  {
    name: "a refused repeat counts as `not_created`",
    file: transitions,
    text: "      if (operation.isRepeat) return returnToUnknown(operation, problem, reason, now, outcome.retryAfterMs);\n",
    replacement: "",
  },
  {
    name: "a repeat that is given up counts as `not_created`",
    file: transitions,
    text: `  if (isRepeat) return returnToUnknown(last, last.problem, "gave_up", now);\n`,
    replacement: "",
    test: transitionsTest,
  },
  {
    name: "a create is repeated although the vendor may have forgotten its key",
    file: transitions,
    text: "return suspected === null && nowMs < repeatableUntilMs;",
    replacement: "return suspected === null && repeatableUntilMs > 0 && nowMs > 0;",
    test: repeatTest,
  },
  {
    name: "a repeat that is refused as a duplicate is a final rejection",
    file: transitions,
    text: "return isFirst || (!isDoubtful && duplicateOf === undefined);",
    replacement: "return true;",
    test: transitionsTest,
  },
  {
    name: "a create is repeated although the adapter lost its key",
    file: transitions,
    text: "if (repeatableForMs <= limitMs) return operation;",
    replacement: "return operation;",
    test: transitionsTest,
  },
  {
    name: "each repeat extends the time until which a create is repeatable",
    file: transitions,
    text: "mayHaveCreated || repeatableForMs === 0 ? repeatableUntilMs",
    replacement: "repeatableForMs === 0 ? repeatableUntilMs",
    test: repeatTest,
  },
  {
    name: "the time until which a create is repeatable ends when the vendor forgets its key",
    file: "adapters/engine/guarantee.ts",
    text: "(adapter.idempotencyKey?.lifetimeMs ?? 0) - safetyMs",
    replacement: "adapter.idempotencyKey?.lifetimeMs ?? 0",
    test: repeatTest,
  },
  {
    name: "an operation with an unknown outcome is looked up although it is repeatable",
    file: reconciler,
    text: "      if (this.#mayRepeat(operation))",
    replacement: "      if (operation.isAsync && this.#mayRepeat(operation))",
    test: repeatTest,
  },
  {
    name: "a rejection is final after an unknown outcome",
    file: transitions,
    text: "return isFirst && !isDoubtful;",
    replacement: "return !isDoubtful;",
    test: transitionsTest,
  },
  {
    name: "the rejection of a first duplicate is final before a lookup",
    file: transitions,
    text: "return isFirst && !isDoubtful;",
    replacement: "return isFirst;",
    test: recognitionTest,
  },
  {
    name: "a first rejection is final although a lookup may show our account",
    file: reconciler,
    text: "? outcome.mayBeOurs || outcome.duplicateOf !== undefined",
    replacement: "? outcome.duplicateOf !== undefined",
    test: recognitionTest,
  },
  {
    name: "a proxy's first answer is final although a lookup may show our account",
    file: transitions,
    text: "(isDoubtful || isLookedUp || operation.unknownSinceMs !== null)",
    replacement: "(isLookedUp || operation.unknownSinceMs !== null)",
    test: recognitionTest,
  },
  {
    name: "a first duplicate is not looked up",
    file: findAccount,
    text: "if (!recorded.mayBeOurs) return recorded;",
    replacement: "if (recorded.mayBeOurs) return recorded;",
    test: recognitionTest,
  },
  {
    name: "a first duplicate is final although no lookup shows its account",
    file: reconciler,
    text: "lookup === undefined || !showsAnother(lookup, isOwnedByOther)",
    replacement: "false",
    test: recognitionTest,
  },
  {
    name: "a proxy's answer is final after an unknown outcome",
    file: transitions,
    text: "(isDoubtful || isLookedUp || operation.unknownSinceMs !== null)",
    replacement: "(isDoubtful || isLookedUp)",
    test: recognitionTest,
  },
  {
    name: "a proxy's answer to a queued create is final",
    file: transitions,
    text: "const isLookedUp = operation.isAsync && canBeFound;",
    replacement: "const isLookedUp = false;",
    test: strangeVendorsTest,
  },
  {
    name: "one lookup is enough after a proxy's answer",
    file: transitions,
    text: "const heldBackUntilMs = canBeFound ? operation.leaseEndsMs : 0;",
    replacement: "const heldBackUntilMs = 0;",
    test: strangeVendorsTest,
  },
  {
    name: "a refusal counts as an unknown outcome",
    file: transitions,
    text: "(isForeign ? countSend(operation) : operation)",
    replacement: "countSend(operation)",
    test: recognitionTest,
  },
  {
    name: "a 429 leaves the outcome unknown",
    file: "adapters/engine/outcome.ts",
    text: "const ambiguousStatuses = new Set([408, 425, 499]);",
    replacement: "const ambiguousStatuses = new Set([408, 425, 429, 499]);",
    test: recognitionTest,
  },
  {
    name: "a 429 counts as an answer that may have created an account",
    file: findAccount,
    text: `rate_limited: "refused"`,
    replacement: `rate_limited: "foreign"`,
    test: recognitionTest,
  },
  {
    name: "a 401 or 403 counts as an answer that may have created an account",
    file: findAccount,
    text: `unauthorized: "refused"`,
    replacement: `unauthorized: "foreign"`,
    test: recognitionTest,
  },
  {
    name: "a create is sent again without a limit",
    file: reconcile,
    text: `  if (resends >= maxResends) return review(operation, "resend_limit", now);\n`,
    replacement: "",
    test: recognitionTest,
  },
  {
    name: "a second send is not counted",
    file: transitions,
    text: "(isResend ? 1 : 0)",
    replacement: "0",
    test: recognitionTest,
  },
  {
    name: "an account counts as another's because the vendor changed its text",
    file: "adapters/engine/compare-text.ts",
    text: `    if (normalSent !== "" && normalForm(text) === normalSent) return "changed";\n`,
    replacement: "",
    test: lookupTest,
  },
  {
    name: "an account counts as another's because the vendor cut its text off",
    file: "adapters/engine/compare-text.ts",
    text: `return text.length >= minCutLength && beginning !== "" && normalSent.startsWith(beginning) ? "cut" : "different";`,
    replacement: `return "different";`,
    test: lookupTest,
  },
  {
    name: "an unrecognised record counts as an absence",
    file: reconcile,
    text: "if (records.length === 0 && canRecognise)",
    replacement: `if (records.every(({ recognition }) => recognition === "unsure" || recognition === "probably_another") && canRecognise)`,
    test: recognitionTest,
  },
  {
    name: "an absence counts as proof although the vendor may change the reference",
    file: "adapters/engine/lookup.ts",
    text: "isStoredAsSent(value, storedLengthOf(destinationOf(adapter, lookup.by)))",
    replacement: "true",
    test: lookupTest,
  },
  {
    name: "an absence in a search by name counts as proof",
    file: "adapters/engine/lookup.ts",
    text: `lookup.by !== "name" && `,
    replacement: "",
    test: lookupTest,
  },
  {
    name: "a stamp is longer than the length that vendors store",
    file: "src/ledger/operation.ts",
    text: `id.slice(id.lastIndexOf(".") + 1).replaceAll("-", "")`,
    replacement: "id",
  },
  {
    name: "another operation's account counts as ours",
    file: journal,
    text: "owner !== undefined && owner !== operation.id",
    replacement: "false",
    test: recognitionTest,
  },
  {
    name: "an answer with another operation's account is final",
    file: reconciler,
    text: "!isOwnedByOther(outcome.account.id) || repeatsReference(plan, outcome)",
    replacement: "true",
    test: recognitionTest,
  },
  {
    name: "an account older than the operation counts as ours",
    file: "adapters/engine/lookup.ts",
    text: "Date.parse(createdAt) < operationCreatedAtMs - clockToleranceMs",
    replacement: "false",
    test: recognitionTest,
  },
  {
    name: "every account gets the same reference",
    file: "adapters/engine/field-defaults.ts",
    text: "  if (identifying.has(name))\n",
    replacement: "  if (false)\n",
    test: planTest,
  },
  {
    name: "a settle window of 0 is allowed",
    file: "schemas/connection.ts",
    text: "settle_window_ms: z._default(z.int().check(z.minimum(100),",
    replacement: "settle_window_ms: z._default(z.int().check(z.minimum(0),",
    test: "test/schemas/connection.test.ts",
  },
  {
    name: "a reference is made from a name",
    file: "adapters/engine/field-defaults.ts",
    text: "  if (shared.length > 0)\n",
    replacement: "  if (false)\n",
    test: planTest,
  },
  {
    name: "an absence counts before the end of the lease",
    file: reconcile,
    text: "  if (beganAtMs < leaseEndsMs) return { ...operation, dueAtMs: leaseEndsMs };\n",
    replacement: "",
  },
  {
    name: "the settle window is ignored",
    file: reconcile,
    text: "  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };\n",
    replacement: "",
  },
  {
    name: "an unreadable lookup counts as an absence",
    file: findAccount,
    text: `return { kind: "unreadable", ...recordFailure(plan, answer) };`,
    replacement: `return {
        kind: "evidence",
        evidence: { records: [], isUnique: false, canRecognise: true, provesAbsence: true },
      };`,
  },
  {
    name: "candidates count as an absence",
    file: reconcile,
    text: `return { kind: "candidates", records: candidates, canRecognise };`,
    replacement: `return { kind: "absent", isProof: true };`,
    test: recognitionTest,
  },
  {
    name: "an incomplete read proves an absence",
    file: "adapters/engine/lookup.ts",
    text: "const hasAllRecords = isComplete && records.length <= maxRecords;",
    replacement: "const hasAllRecords = true;",
    test: lookupTest,
  },
  {
    name: "our stamp in another case is not recognised",
    file: "adapters/engine/lookup.ts",
    text: `(reference === "same" || reference === "changed")`,
    replacement: `reference === "same"`,
    test: lookupTest,
  },
  {
    name: "our stamp under another name is not recognised",
    file: "adapters/engine/lookup.ts",
    text: `    if (isStamped && (reference === "same" || reference === "changed")) return "ours";\n`,
    replacement: "",
    test: recognitionTest,
  },
  {
    name: "a late outcome of an older attempt counts",
    file: transitions,
    text: "!isOpen || operation.nonce !== nonce",
    replacement: "!isOpen",
  },
  {
    name: "a second `created` replaces the first",
    file: transitions,
    text: "  if (operation.created !== null) {",
    replacement: "  if (false) {",
  },
  {
    name: "`created` is answered although it is not stored",
    file: "src/create/create-keyed.ts",
    text: `  if (operation === undefined) {
    const detail = "The ledger did not confirm`,
    replacement: `  if (operation === undefined) {
    if (recorded.kind === "created")
      return { kind: "created", created: recorded, operation: id, vendorResponse: null, isReplay: false };
    const detail = "The ledger did not confirm`,
  },
  {
    name: "the alarm is not set again",
    file: ledger,
    text: "    await this.#journal.arm(faults.length === 0 ? 0 : Date.now() + afterFaultMs);",
    replacement: "    await this.#journal.arm(Number.POSITIVE_INFINITY);",
  },
  {
    name: "a restarted ledger does not set its alarm",
    file: journal,
    text: `    if (this.#nextMs() < this.#alarmAtMs) await this.arm();\n`,
    replacement: `    if (this.#alarmAtMs === Number.POSITIVE_INFINITY) await this.arm();
    else this.#alarmAtMs = Number.POSITIVE_INFINITY;\n`,
  },
  {
    name: "an operation goes to review before a day without an outcome",
    file: reconcile,
    text: `      return now.nowMs - (operation.unknownSinceMs ?? now.nowMs) >= giveUpAfterMs
        ? review(operation, "no_verdict", now)`,
    replacement: `      return now.nowMs - (operation.unknownSinceMs ?? now.nowMs) >= giveUpAfterMs / 24
        ? review(operation, "no_verdict", now)`,
  },
];
