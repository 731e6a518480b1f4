// `npm run test:mutants`: breaks one rule of the ledger at a time, in a copy of the tree, and shows that the model-based
// test notices. With arguments, only the mutants whose names contain one of them.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

interface Mutant {
  name: string;
  file: string;
  /** Must stand in the file exactly once. */
  text: string;
  replacement: string;
}

const admission = "src/ledger/admission.ts";
const transitions = "src/ledger/transitions.ts";
const ledger = "src/ledger/ledger.ts";

const mutants: Mutant[] = [
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
    text: `  if (targetOf(plan) !== operation.target) return { kind: "target_changed" };\n`,
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
    text: "      await this.#arm(faults.length === 0 ? 0 : Date.now() + afterFaultMs);",
    replacement: "      await this.ctx.storage.deleteAlarm();",
  },
  {
    name: "a ledger that starts anew forgets its alarm",
    file: ledger,
    text: `        if (this.#nextMs() < this.#alarmAtMs) await this.#arm();\n`,
    replacement: `        if (this.#alarmAtMs === Number.POSITIVE_INFINITY) await this.#arm();
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

const modelTest = "test/workerd/ledger/model.test.ts";
const copied = [
  "src",
  "adapters",
  "schemas",
  "sandbox",
  "reference",
  "static",
  "test",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  "wrangler.toml",
];

const copy = mkdtempSync(join(tmpdir(), "mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
for (const path of copied) cpSync(path, join(copy, path), { recursive: true });
symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
for (const { file, text, replacement } of mutants)
  writeFileSync(join(copy, file), replaceOnce(file, text, replacement));
// The first failure is enough.
replaceOnce(modelTest, "endOnFailure: false", "endOnFailure: true");
// What is random is given time enough for the same verdict every day.
replaceOnce(modelTest, "const runs = 100;", "const runs = 300;");

const wanted = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const width = Math.max(...chosen.map(({ name }) => name.length));

const control = runModelTest();
if (control.status !== 0) {
  console.error(control.output);
  console.error("The model-based test fails without a mutant");
  process.exit(1);
}
let survivors = 0;
for (const { name, file, text, replacement } of chosen) {
  const original = replaceOnce(file, text, replacement);
  const caughtBy = whatCaught(runModelTest());
  writeFileSync(join(copy, file), original);
  if (caughtBy === undefined) survivors += 1;
  console.log(`${name.padEnd(width)}  ${caughtBy ?? "SURVIVED"}`);
}
console.log(`${chosen.length - survivors} of ${chosen.length} mutants are caught`);
process.exitCode = survivors === 0 ? 0 : 1;

/** Returns what stood there before. */
function replaceOnce(file: string, text: string, replacement: string): string {
  const original = readFileSync(join(copy, file), "utf8");
  const count = original.split(text).length - 1;
  if (count !== 1) throw new Error(`${file} holds this ${count} times, not once:\n${text}`);
  writeFileSync(
    join(copy, file),
    original.replace(text, () => replacement),
  );
  return original;
}

function runModelTest(): { status: number | null; output: string } {
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--bail=1", modelTest], {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    timeout: 600_000,
  });
  return { status, output: `${stdout}\n${stderr}` };
}

/** The test and what it says; `undefined` where it passes. A mutant that does not even run proves nothing. */
function whatCaught({ status, output }: ReturnType<typeof runModelTest>): string | undefined {
  if (status === 0) return undefined;
  const vendor = /FAIL .* > (\w+) > /.exec(output)?.[1];
  const failure = /Caused by: (.*)/.exec(output)?.[1];
  if (vendor === undefined || failure === undefined) throw new Error(`The model-based test did not run:\n${output}`);
  return `${basename(modelTest)}, ${vendor}: ${failure}`;
}
