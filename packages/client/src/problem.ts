/** Everything that a call can fail of. */
import type { ProblemCode } from "../../../schemas/problem-codes.ts";
import type { effects, problemKinds, retries } from "../../../schemas/problem.ts";
import type { Problem as AnyProblem } from "./documents.ts";

type Kinds = typeof problemKinds;
export type Effect = (typeof effects)[number];
export type Retry = (typeof retries)[number];

/** The members that differ by code. */
type Told = "code" | "status" | "origin" | "effect" | "retry";

/** A problem as the gateway answers it, told apart by its `code`. */
export type GatewayProblem = {
  [Code in ProblemCode]: Omit<AnyProblem, Told> & {
    code: Code;
    status: Kinds[Code]["status"];
    origin: Kinds[Code]["origin"];
    effect: Kinds[Code]["effect"];
    /** What is `same_key` of a create is `later` or `never` of what has no key. */
    retry: Kinds[Code]["retry"] extends "same_key" ? Retry : Kinds[Code]["retry"];
  };
}[ProblemCode];

/** A problem that may be of any code, even one that this client does not know. */
export type UnrecognizedProblem = Omit<AnyProblem, "code"> & { code: string };

interface ClientTold {
  detail: string;
  /** Whether an account may exist. */
  effect: Effect;
  retry: Retry;
}

/** What the client met in place of an answer of the gateway. */
export type ClientProblem =
  /** No answer came in time: there is no connection, or it broke. */
  | ({ code: "no_answer" } & ClientTold)
  /** The caller's own signal ended the call. */
  | ({ code: "aborted" } & ClientTold)
  /** Something else answered than the gateway, such as a proxy. */
  | ({ code: "unreadable_answer"; status: number } & ClientTold)
  /** A problem of a newer gateway than this client. */
  | ({ code: "unrecognized_problem"; received: UnrecognizedProblem } & ClientTold)
  /** `operations.wait` has waited long enough. */
  | ({ code: "still_open"; operation: string } & ClientTold);

/** Told apart by `code`, so that a `switch` over it is held to be complete by the compiler. */
export type AccountGatewayProblem = GatewayProblem | ClientProblem;

/**
 * Whether the ledger answered about the operation. Any other refusal was made before the ledger was asked, so it does not
 * tell whether an earlier call with the same key created an account.
 */
export function isAboutOperation(problem: AccountGatewayProblem): boolean {
  const told = problem.code === "unrecognized_problem" ? problem.received : problem;
  return "operation" in told && told.operation !== undefined;
}

export interface Failure {
  problem: AccountGatewayProblem;
  /** How long the gateway asks to wait before the same call is made again. */
  retryAfterMs: number | null;
  /** For whoever looks into the gateway's log. */
  requestId: string | null;
  cause?: unknown;
}

/**
 * What every failed call throws. An error that is thrown cannot be passed over, as a result's `ok` can; the union stands
 * in it, and with it what a retry needs.
 */
export class AccountGatewayError extends Error {
  override readonly name = "AccountGatewayError";
  readonly problem: AccountGatewayProblem;
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
  /** Of a create: what to repeat it under. */
  readonly idempotencyKey: string | null;

  constructor({ problem, retryAfterMs, requestId, cause }: Failure, idempotencyKey: string | null) {
    super(`${problem.code}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
    this.requestId = requestId;
    this.idempotencyKey = idempotencyKey;
  }
}
