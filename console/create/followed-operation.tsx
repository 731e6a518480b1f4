/** The operation behind an answer that does not tell how it ends, followed until it does. */
import { useEffect } from "preact/hooks";
import type { OperationState } from "../../schemas/operation.ts";
import { announce } from "../parts/announce.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Mark } from "../parts/mark.tsx";
import { Pending } from "../parts/pending.tsx";
import { Timeline } from "../operations/timeline.tsx";
import { operationHref } from "../state/router.ts";
import type { Followed } from "../state/use-operation.ts";
import { openStates, states } from "../words.ts";
import { CreatedAccount } from "./created-account.tsx";

interface FollowedOperationProps {
  id: string;
  followed: Followed;
  onAgain: () => void;
}

export function FollowedOperation({ id, followed, onAgain }: FollowedOperationProps) {
  const { operation, failure, askAgain } = followed;
  const state = operation?.state;
  useEffect(() => {
    if (state !== undefined) announce(`The operation is ${states[state].label}`);
  }, [state]);
  if (operation === null)
    return failure === null ? (
      <Pending>Reading the operation…</Pending>
    ) : (
      <FailureNotice failure={failure} onRetry={askAgain} />
    );
  const { account } = operation;
  const isOpen = openStates.has(operation.state);
  const isLost = failure !== null && isOpen;
  return (
    <>
      <section class="panel" aria-labelledby="followed">
        <header class="panel-head">
          <h2 id="followed">The operation</h2>
          <span class={`state tone-${operation.state}`}>
            <Mark kind={operation.state} /> {states[operation.state].label}
            {isLost ? " when it was last read" : null}
          </span>
          {isOpen && !isLost ? <span class="spinner" aria-hidden="true" /> : null}
          <a class="head-end" href={operationHref(id)}>
            Open
          </a>
        </header>
        <div class="panel-text">
          {isLost ? <FailureNotice failure={failure} onRetry={askAgain} /> : <p>{states[operation.state].meaning}</p>}
          <Timeline operation={operation} />
          <p class="actions">
            {operation.state === "needs_review" ? (
              <a class="button button-primary" href={operationHref(id)}>
                Review it
              </a>
            ) : (
              <button type="button" class={`button ${isOpen ? "button-primary" : ""}`} onClick={onAgain}>
                Send again with the same key
              </button>
            )}
            <span class="hint">{hints[operation.state]}</span>
          </p>
        </div>
      </section>
      {account === null ? null : <CreatedAccount account={account} />}
    </>
  );
}

/** What the same request again would do. */
const hints: Partial<Record<OperationState, string>> = {
  unknown: "Asks the vendor at once for the account it may have created; the ledger does so by itself, too.",
  created: "It is answered with this account, and nothing is sent.",
  not_created: "Sends the account again.",
};
