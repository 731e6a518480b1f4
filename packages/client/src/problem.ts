/** Every way in which a call can fail. */
import type { ProblemCode } from "../../../schemas/problem-codes.ts";
import type { effects, problemKinds, retries } from "../../../schemas/problem.ts";
import type { Problem as AnyProblem } from "./documents.ts";

type Kinds = typeof problemKinds;
export type Effect = (typeof effects)[number];
export type Retry = (typeof retries)[number];

/** The members whose type depends on the code. */
type TypedByCode = "code" | "status" | "origin" | "effect" | "retry";

/** A problem that the gateway answered. Its `code` decides the other types. */
export type GatewayProblem = {
  [Code in ProblemCode]: Omit<AnyProblem, TypedByCode> & {
    code: Code;
    status: Kinds[Code]["status"];
    origin: Kinds[Code]["origin"];
    effect: Kinds[Code]["effect"];
    /** `same_key` becomes `later` or `never` for a request without a key. */
    retry: Kinds[Code]["retry"] extends "same_key" ? Retry : Kinds[Code]["retry"];
  };
}[ProblemCode];

/** A problem with any code, even one that this client does not know. */
export type UnrecognizedProblem = Omit<AnyProblem, "code"> & { code: string };

interface ClientMembers {
  detail: string;
  /** Whether an account may exist. */
  effect: Effect;
  retry: Retry;
}

/** The client got no answer of the gateway that it can use. */
export type ClientProblem =
  /** No complete answer came in time. */
  | ({ code: "no_answer" } & ClientMembers)
  /** The caller's signal ended the call. */
  | ({ code: "aborted" } & ClientMembers)
  /** Something other than the gateway answered, such as a proxy. */
  | ({ code: "unreadable_answer"; status: number } & ClientMembers)
  /** A newer gateway answered with a problem that this client does not know. */
  | ({ code: "unrecognized_problem"; received: UnrecognizedProblem } & ClientMembers)
  /** The time of `operations.wait` is up. */
  | ({ code: "still_open"; operation: string } & ClientMembers);

/** A union by `code`: the compiler checks that a `switch` over it is complete. */
export type AccountGatewayProblem = GatewayProblem | ClientProblem;

/**
 * Whether the ledger answered about the operation. Other problems come from before the ledger, so they do not say whether
 * an earlier call with the same key created an account.
 */
export function isAboutOperation(problem: AccountGatewayProblem): boolean {
  if (problem.code === "unrecognized_problem") return problem.received.operation !== undefined;
  if (problem.code === "no_answer" || problem.code === "aborted" || problem.code === "unreadable_answer") return false;
  return problem.operation !== undefined;
}

export interface Failure {
  kind: "failure";
  problem: AccountGatewayProblem;
  /** From `Retry-After`. */
  retryAfterMs: number | null;
  /** Finds the request in the gateway's log. */
  requestId: string | null;
  cause?: unknown;
}

/** Every failed call throws this error. Unlike a result with `ok`, an app cannot ignore it by accident. */
export class AccountGatewayError extends Error {
  override readonly name = "AccountGatewayError";
  readonly problem: AccountGatewayProblem;
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
  /** For a create: use it to repeat the create. */
  readonly idempotencyKey: string | null;

  constructor({ problem, retryAfterMs, requestId, cause }: Failure, idempotencyKey: string | null) {
    super(`${problem.code}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
    this.requestId = requestId;
    this.idempotencyKey = idempotencyKey;
  }
}
