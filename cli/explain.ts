/** What a call of the gateway failed of, in sentences that end in what to do. */
import type { AccountGatewayProblem } from "../client/index.ts";
import { indented } from "./terminal.ts";

/** The problem's own detail ends in what to do next. */
export function explain(problem: AccountGatewayProblem): string {
  const errors = "errors" in problem ? (problem.errors ?? []) : [];
  const lines = errors.map(({ pointer, detail }) => `${pointer === "" ? "the body" : pointer}: ${detail}`);
  const operation = "operation" in problem && problem.operation !== undefined ? [`operation ${problem.operation}`] : [];
  const more = [...lines, ...operation];
  return `${problem.code}: ${problem.detail}${more.length === 0 ? "" : `\n${indented(more)}`}`;
}
