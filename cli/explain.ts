/** What a call of the gateway failed of, in sentences that end in what to do. */
import type { AccountGatewayProblem, GatewayProblem } from "../client/index.ts";
import { indented } from "./terminal.ts";

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

export function explain({ code, detail, errors = [] }: Explained): string {
  const sentence = /[.:!?]$/.test(detail) ? detail : `${detail}.`;
  const remedy = remedies[code];
  return [
    `${code}: ${sentence}${remedy === undefined ? "" : ` ${remedy}`}`,
    ...errors.map((error) => indented([`${error.pointer === "" ? "the whole" : error.pointer}: ${error.detail}`])),
  ].join("\n");
}
