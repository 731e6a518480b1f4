/** What a call of the gateway failed of, in sentences that end in what to do. */
import type { AccountGatewayProblem, GatewayProblem } from "../../client/src/index.ts";
import { indented } from "./layout.ts";
import type { Text } from "./text.ts";

/** Where the gateway's own words are not those of somebody at a command line. */
const remedies: Partial<Record<string, string>> = {
  no_answer: "Check the URL, and that the gateway runs.",
  unauthenticated: "Check the gateway key, and that it is one of this gateway's.",
} satisfies Partial<Record<AccountGatewayProblem["code"], string>>;

interface Explained {
  code: string;
  detail: string;
  errors?: GatewayProblem["errors"];
}

/** A line, and one for each field at fault. */
export function explain(problem: Explained): Text[] {
  const { code, detail } = problem;
  const sentence = /[.:!?]$/.test(detail) ? detail : `${detail}.`;
  const remedy = remedies[code];
  return [`${code}: ${sentence}${remedy === undefined ? "" : ` ${remedy}`}`, ...indented(faultsOf(problem))];
}

/** In one line: which fields are at fault, where the problem tells. */
export function explainBriefly(problem: Explained): string {
  const faults = faultsOf(problem);
  return `${problem.code}: ${faults.length === 0 ? problem.detail : faults.join("; ")}`;
}

const faultsOf = ({ errors = [] }: Explained): string[] =>
  errors.map(({ pointer, detail }) => `${pointer === "" ? "the whole" : pointer}: ${detail}`);
