/**
 * Reads the gateway's answers. An answer must have the members that the client needs. All other members pass unchanged, so
 * that an app can read members that a newer gateway adds.
 */
import { problemCodeNames } from "../../../schemas/problem-codes.ts";
import type { AccountGatewayProblem, Effect, GatewayProblem, Retry, UnrecognizedProblem } from "./problem.ts";

export type Guard<Body> = (body: unknown, status: number) => body is Body;

/** Recognizes a JSON object by the members that it must have. */
export function objectWith<Body extends object>(...members: (keyof Body)[]): (body: unknown) => body is Body {
  return (body): body is Body => typeof body === "object" && body !== null && members.every((member) => member in body);
}

/** The effect and the retry that the client assumes if it gets no usable answer. */
export interface Assumption {
  effect: Effect;
  retry: Retry;
}

const isProblem = objectWith<UnrecognizedProblem>("code", "detail", "effect", "retry");
const knownCodes: ReadonlySet<string> = new Set(problemCodeNames);
const isKnown = (problem: UnrecognizedProblem | GatewayProblem): problem is GatewayProblem =>
  knownCodes.has(problem.code);

/** A proxy may answer with 2xx, 5xx or one of these statuses for a short time. A retry may reach the gateway. */
const temporaryStatuses = [408, 425, 429, 499];

/** Reads the problem from an answer that does not have the expected body. */
export function readProblem(body: unknown, status: number, assumption: Assumption): AccountGatewayProblem {
  if (isProblem(body)) {
    if (isKnown(body)) return body;
    const { detail, effect, retry } = body;
    return { code: "unrecognized_problem", detail, effect, retry, received: body };
  }
  const isTemporary = (status >= 200 && status < 300) || status >= 500 || temporaryStatuses.includes(status);
  return {
    code: "unreadable_answer",
    detail: `The answer with status ${status} is not from the gateway. Check \`baseUrl\` and the proxies in front of the gateway.`,
    ...assumption,
    ...(isTemporary ? {} : { retry: "never" }),
    status,
  };
}
