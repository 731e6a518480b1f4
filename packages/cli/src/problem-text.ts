/** Problems as text for a person at the command line. */
import type { GatewayProblem } from "../../client/src/index.ts";
import { type ProblemCode, type ProblemKind, problemKinds } from "../../../schemas/problem.ts";
import { indented, type Text } from "./terminal.ts";

const kinds: ReadonlyMap<string, ProblemKind> = new Map(Object.entries(problemKinds));

interface DescribedProblem {
  code: string;
  detail: string;
  errors?: GatewayProblem["errors"];
  operation?: unknown;
}

const runAgain = "Run the same command again.";
const runAgainLater = "Run the same command again later.";

/** Replaces the gateway's remedies, which address HTTP callers. `<operation>` becomes the operation's id. */
const remedies: ReadonlyMap<string, string> = new Map(
  Object.entries({
    unauthenticated: "Check the gateway key, and check that it belongs to this gateway.",
    connection_not_found: "Run `account-gateway connections check` to list the connections of your key.",
    not_found:
      "Check the URL and the id. `account-gateway operations list --connection <connection>` lists the operations of a connection.",
    invalid_account: "Correct the account.",
    unsupported_field: "Leave the field out, map it in the connection, or drop it with --handling lenient.",
    missing_field: "Set the field, or give the connection a default or a fallback for it.",
    invalid_resolution: "Correct --created and --reason.",
    idempotency_key_reused:
      "Restore the earlier values of this account, or give a new account a new value in the key column.",
    account_exists: "Change the field that the vendor names, or use the account that exists.",
    vendor_rejected: "Correct the fields that the vendor rejects.",
    vendor_rate_limited: runAgainLater,
    vendor_unavailable: runAgainLater,
    ledger_unavailable: runAgainLater,
    operation_in_progress: runAgainLater,
    vendor_contract_violation: runAgain,
    outcome_unknown: runAgain,
    operation_needs_review:
      "An operator must look for the account in the vendor's system, and then run `account-gateway operations resolve <operation>`.",
    operation_not_in_review:
      "Run `account-gateway operations show <operation>` to see its state: another operator, or a late answer of the vendor, may have resolved it.",
  } satisfies Partial<Record<ProblemCode, string>>),
);

/** The problem and its remedy, and a line for each faulty field. */
export function problemLines(problem: DescribedProblem): Text[] {
  const { code } = problem;
  const remedy = code === "no_answer" ? " Check the URL, and check that the gateway is running." : "";
  return [`${code}: ${asSentence(detailOf(problem, remedies.get(code)))}${remedy}`, ...faultLines(problem)];
}

/** The problem without a remedy, and a line for each faulty field. */
export function problemFacts(problem: DescribedProblem): Text[] {
  return [`${problem.code}: ${detailOf(problem, "")}`, ...faultLines(problem)];
}

/** The problem in one line: its faulty fields, or its detail and remedy if it names no field. */
export function problemSummary(problem: DescribedProblem): string {
  const faults = faultsOf(problem);
  return `${problem.code}: ${faults.length === 0 ? detailOf(problem, remedies.get(problem.code)) : faults.join("; ")}`;
}

/** The problem's detail, with the gateway's remedy replaced. */
function detailOf({ code, detail, operation }: DescribedProblem, remedy: string | undefined): string {
  const kind = kinds.get(code);
  if (kind === undefined || remedy === undefined) return detail;
  const gatewayRemedy = [kind.remedy, kind.unkeyed?.remedy].find((each) => each !== undefined && detail.endsWith(each));
  if (gatewayRemedy === undefined) return detail;
  const fact = detail.slice(0, -gatewayRemedy.length).trim() || asSentence(kind.title);
  const ownRemedy = remedy.replace("<operation>", typeof operation === "string" ? operation : "<operation>");
  return `${fact} ${ownRemedy}`.trim();
}

const asSentence = (text: string): string => (/[.:!?]$/.test(text) ? text : `${text}.`);

const faultLines = (problem: DescribedProblem): Text[] => indented(faultsOf(problem));

const faultsOf = ({ errors = [] }: DescribedProblem): string[] =>
  errors.map(({ pointer, detail }) => `${pointer === "" ? "the whole account" : pointer}: ${detail}`);
