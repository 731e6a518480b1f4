/** Every way in which a call can fail. */
import type { ProblemCode } from "../../../schemas/problem-codes.ts";
import type { effects, problemKinds, retries } from "../../../schemas/problem.ts";
import type { Problem as AnyProblem } from "./documents.ts";

type Kinds = typeof problemKinds;
export type Effect = (typeof effects)[number];
export type Retry = (typeof retries)[number];

/** The members whose type depends on the code. */
type TypedByCode = "code" | "status" | "origin" | "effect" | "retry";

/** A problem that the gateway answered. Its `code` determines the types of the other members. */
export type GatewayProblem = {
  [Code in ProblemCode]: Omit<AnyProblem, TypedByCode> & {
    code: Code;
    status: Kinds[Code]["status"];
    origin: Kinds[Code]["origin"];
    effect: Kinds[Code]["effect"];
    /** For a request without an idempotency key, the gateway answers `later` or `never` instead of `same_key`. */
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

/** A problem that the client reports, because it got no usable answer from the gateway. */
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

/** A union by `code`, so that the compiler can check that a `switch` over the code is complete. */
export type AccountGatewayProblem = GatewayProblem | ClientProblem;

/**
 * Whether the problem comes from the ledger and names the operation. Any other problem occurs before the gateway asks the
 * ledger, so it does not show whether an earlier call with the same key created an account.
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
  /** Identifies the request in the gateway's log. */
  requestId: string | null;
  cause?: unknown;
}

/** Every failed call throws this error, so that an app cannot ignore a failure by accident. */
export class AccountGatewayError extends Error {
  override readonly name = "AccountGatewayError";
  readonly problem: AccountGatewayProblem;
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
  /** The key of a create. Use it to repeat the create. `null` for other calls. */
  readonly idempotencyKey: string | null;

  constructor({ problem, retryAfterMs, requestId, cause }: Failure, idempotencyKey: string | null) {
    super(`${problem.code}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
    this.requestId = requestId;
    this.idempotencyKey = idempotencyKey;
  }
}
