/** What `npm run test:mutants` breaks: one rule of the ledger each. */
export interface Mutant {
  name: string;
  file: string;
  /** Must stand in the file exactly once. */
  text: string;
  replacement: string;
}

const admission = "src/ledger/admission.ts";
const transitions = "src/ledger/transitions.ts";
const ledger = "src/ledger/ledger.ts";

export const mutants: readonly Mutant[] = [
  {
    name: "sent again while `sending`",
    file: admission,
    text: `    case "sending":
      return found(operation);`,
    replacement: `      return found(operation);
    case "sending":
      return begin(operation, request, moment);`,
  },
  {
    name: "`not_created` on one absence",
    file: transitions,
    text: `  if (missingSinceMs === null) return { ...operation, missingSinceMs: beganAtMs, dueAtMs: beganAtMs + settleWindowMs };
  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };
`,
    replacement: "",
  },
  {
    name: "settle of `created` ignored after `unknown`",
    file: transitions,
    text: `  if (verdict.kind === "created") return become(`,
    replacement: `  if (verdict.kind === "created") return operation.state === "unknown" ? operation : become(`,
  },
  {
    name: "key not scoped by gateway key",
    file: "src/digests.ts",
    text: "digest(`${keyName}\\n${idempotencyKey}`)",
    replacement: "digest(idempotencyKey)",
  },
  {
    name: "stamp renewed per attempt",
    file: admission,
    text: "        ? begin(operation, request, moment)",
    replacement: "        ? begin({ ...operation, sendable: request.proposal?.sendable ?? null }, request, moment)",
  },
  {
    name: "an alarm that sends again",
    file: transitions,
    text: `  return becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", moment);`,
    replacement: `  return operation.isAsync
    ? enqueue(operation, "lease_expired", moment)
    : becomeUnknown(operation, { code: "outcome_unknown", detail }, "lease_expired", moment);`,
  },
  {
    name: "a claim whose answer was lost is another's",
    file: admission,
    text: `operation.state === "sending" && operation.nonce === request.nonce`,
    replacement: "false",
  },
  {
    name: "fingerprint ignored",
    file: admission,
    text: `  if (operation.fingerprint !== request.fingerprint) return { kind: "reused" };\n`,
    replacement: "",
  },
  {
    name: "another target replays what is final",
    file: admission,
    text: `    return isFinal(operation) ? { kind: "reused" } : found(operation);`,
    replacement: "    return found(operation);",
  },
  {
    name: "another target is looked into",
    file: "src/ledger/find.ts",
    text: `  if (!isSameTarget(targetOf(plan), operation)) return { kind: "target_changed" };\n`,
    replacement: "",
  },
  {
    name: "sent again without a lookup",
    file: admission,
    text: "!operation.wasSent || request.isAsync",
    replacement: "true",
  },
  {
    name: "queued again without a lookup",
    file: "src/ledger/send-queue.ts",
    text: "if (operation.wasSent) {",
    replacement: "if (false) {",
  },
  {
    name: "a duplicate believed though an earlier attempt was sent",
    file: transitions,
    text: "!verdict.isDuplicate || !operation.wasSent",
    replacement: "true",
  },
  {
    name: "an absence counted before the lease has ended",
    file: transitions,
    text: "  if (beganAtMs < leaseEndsMs) return { ...operation, dueAtMs: leaseEndsMs };\n",
    replacement: "",
  },
  {
    name: "settle window ignored",
    file: transitions,
    text: "  if (beganAtMs < missingSinceMs + settleWindowMs) return { ...operation, dueAtMs: missingSinceMs + settleWindowMs };\n",
    replacement: "",
  },
  {
    name: "unreadable counted as absent",
    file: "src/ledger/find.ts",
    text: `return { ...notCreated(plan, found), kind: "unreadable" };`,
    replacement: `return { kind: "absent" };`,
  },
  {
    name: "candidates counted as absent",
    file: "src/ledger/find.ts",
    text: `return { kind: "candidates", records: found.records };`,
    replacement: `return { kind: "absent" };`,
  },
  {
    name: "a late verdict of an older attempt counts",
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
    name: "told as created before it is written down",
    file: "src/create-keyed-account.ts",
    text: `  if (operation === undefined) {
    const detail = "The vendor's answer`,
    replacement: `  if (operation === undefined) {
    if (verdict.kind === "created")
      return { operation: { id, state: "created", created: verdict }, isReplay: false, vendorResponse: null };
    const detail = "The vendor's answer`,
  },
  {
    name: "alarm not set again",
    file: ledger,
    text: "    await this.#arm(faults.length === 0 ? 0 : Date.now() + afterFaultMs);",
    replacement: "    await this.#platform.storage.deleteAlarm();",
  },
  {
    name: "a ledger that starts anew forgets its alarm",
    file: ledger,
    text: `    if (this.#nextMs() < this.#alarmAtMs) await this.#arm();\n`,
    replacement: `    if (this.#alarmAtMs === Number.POSITIVE_INFINITY) await this.#arm();
    else this.#alarmAtMs = Number.POSITIVE_INFINITY;\n`,
  },
  {
    name: "in review before a day without a verdict is over",
    file: transitions,
    text: `      return moment.nowMs - (operation.unknownSinceMs ?? moment.nowMs) >= patienceMs
        ? review(operation, "no_verdict", moment)`,
    replacement: `      return moment.nowMs - (operation.unknownSinceMs ?? moment.nowMs) >= patienceMs / 24
        ? review(operation, "no_verdict", moment)`,
  },
];
