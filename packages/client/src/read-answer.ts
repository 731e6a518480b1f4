/**
 * What an answer says. Only the members that the client itself goes by have to be there, and whatever else stands in an
 * answer passes as it is: an app must be able to read what a newer gateway says.
 */
import { problemCodeNames } from "../../../schemas/problem-codes.ts";
import type { AccountGatewayProblem, Effect, GatewayProblem, Retry, UnrecognizedProblem } from "./problem.ts";

/** Recognises a JSON object by members that it has to have. */
export type Reader<Body> = (body: unknown) => body is Body;

export function objectWith<Body extends object>(...members: (keyof Body)[]): Reader<Body> {
  return (body): body is Body => typeof body === "object" && body !== null && members.every((member) => member in body);
}

/** What is to be believed where no answer tells. */
export interface Doubt {
  effect: Effect;
  retry: Retry;
}

const isProblem = objectWith<UnrecognizedProblem>("code", "detail", "effect", "retry");
const knownCodes: ReadonlySet<string> = new Set(problemCodeNames);
const isKnown = (problem: UnrecognizedProblem | GatewayProblem): problem is GatewayProblem =>
  knownCodes.has(problem.code);

/** Statuses besides success and 5xx that a proxy may give to what it has passed on, or would pass on later. */
const passingStatuses = [408, 425, 429, 499];

/** The problem that an answer is, which nobody recognised as what was asked for. */
export function readProblem(body: unknown, status: number, doubt: Doubt): AccountGatewayProblem {
  if (isProblem(body)) {
    if (isKnown(body)) return body;
    const { detail, effect, retry } = body;
    return { code: "unrecognized_problem", detail, effect, retry, received: body };
  }
  const isPassing = (status >= 200 && status < 300) || status >= 500 || passingStatuses.includes(status);
  return {
    code: "unreadable_answer",
    detail: `The answer, of status ${status}, is none of the gateway's. Check \`baseUrl\`, and what stands between.`,
    ...doubt,
    ...(isPassing ? {} : { retry: "never" }),
    status,
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
