/** An answer to a create in a few words. */
import type { OperationState } from "../../schemas/operation.ts";
import { wordsOf } from "../parts/failure-notice.tsx";
import { type CreateAnswer, isOperation } from "../state/create.ts";

export interface Verdict {
  title: string;
  /** Among several. */
  short: string;
  tone: OperationState;
}

export function verdictOf(answer: CreateAnswer): Verdict {
  if (answer.ok) {
    if (isOperation(answer.body)) return { title: "Queued: the ledger sends it", short: "202 queued", tone: "queued" };
    const isReplay = answer.headers.get("Idempotent-Replayed") === "true";
    return isReplay
      ? { title: "Created before, and answered again", short: "201 replayed", tone: "created" }
      : { title: "Created", short: "201 created", tone: "created" };
  }
  const { failure } = answer;
  if (failure.kind === "not_sendable") return { title: wordsOf(failure).title, short: "not sent", tone: "rejected" };
  if (failure.kind === "no_answer")
    return { title: "The gateway does not answer", short: "no answer", tone: "unknown" };
  if (failure.kind === "unreadable")
    return { title: "Something else answered", short: String(failure.status), tone: "unknown" };
  if (failure.kind === "unknown_form")
    return { title: "The answer cannot be read", short: String(failure.status), tone: "unknown" };
  const { title, status, code, effect } = failure.problem;
  return { title, short: `${status} ${code}`, tone: effect === "unknown" ? "unknown" : "rejected" };
}
