/**
 * Reads the gateway's answers. Only the members that the client needs must be there. All others pass unchanged, so that an
 * app can read what a newer gateway adds.
 */
import { problemCodeNames } from "../../../schemas/problem-codes.ts";
import type { AccountGatewayProblem, Effect, GatewayProblem, Retry, UnrecognizedProblem } from "./problem.ts";

export type Guard<Body> = (body: unknown) => body is Body;

/** Recognizes a JSON object by the members that it must have. */
export function objectWith<Body extends object>(...members: (keyof Body)[]): Guard<Body> {
  return (body): body is Body => typeof body === "object" && body !== null && members.every((member) => member in body);
}

/** What the client assumes if no answer of the gateway says more. */
export interface Assumption {
  effect: Effect;
  retry: Retry;
}

const isProblem = objectWith<UnrecognizedProblem>("code", "detail", "effect", "retry");
const knownCodes: ReadonlySet<string> = new Set(problemCodeNames);
const isKnown = (problem: UnrecognizedProblem | GatewayProblem): problem is GatewayProblem =>
  knownCodes.has(problem.code);

/** Besides 2xx and 5xx: statuses of a proxy after which the gateway may answer later. */
const passingStatuses = [408, 425, 429, 499];

/** The problem in an answer that is not the expected one. */
export function readProblem(body: unknown, status: number, assumption: Assumption): AccountGatewayProblem {
  if (isProblem(body)) {
    if (isKnown(body)) return body;
    const { detail, effect, retry } = body;
    return { code: "unrecognized_problem", detail, effect, retry, received: body };
  }
  const isPassing = (status >= 200 && status < 300) || status >= 500 || passingStatuses.includes(status);
  return {
    code: "unreadable_answer",
    detail: `The answer with status ${status} is not from the gateway. Check \`baseUrl\` and the proxies before the gateway.`,
    ...assumption,
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
