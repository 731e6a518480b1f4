/** The operation of a create that has no final outcome yet. The console polls the operation until its state is final. */
import { useEffect } from "preact/hooks";
import type { OperationState } from "../../schemas/operation.ts";
import { openStates, states } from "../labels.ts";
import { Timeline } from "../operations/timeline.tsx";
import { announce } from "../parts/accessibility.tsx";
import { Mark } from "../parts/mark.tsx";
import { FailureNotice, Pending } from "../parts/notices.tsx";
import { operationHref } from "../state/router.ts";
import type { FollowedOperation } from "../state/use-operation.ts";
import { CreatedAccount } from "./created-account.tsx";

interface FollowedOperationPanelProps {
  id: string;
  followed: FollowedOperation;
  onSendAgain: () => void;
}

export function FollowedOperationPanel({ id, followed, onSendAgain }: FollowedOperationPanelProps) {
  const { operation, failure, readAgain } = followed;
  const state = operation?.state;
  useEffect(() => {
    if (state !== undefined) announce(`The operation is ${states[state].label}`);
  }, [state]);
  if (operation === null)
    return failure === null ? (
      <Pending>Reading the operation…</Pending>
    ) : (
      <FailureNotice failure={failure} onRetry={readAgain} />
    );
  const { account } = operation;
  const isOpen = openStates.has(operation.state);
  const isOutdated = failure !== null && isOpen;
  return (
    <>
      <section class="panel" aria-labelledby="followed">
        <header class="panel-head">
          <h2 id="followed">The operation</h2>
          <span class={`state tone-${operation.state}`}>
            <Mark kind={operation.state} /> {states[operation.state].label}
            {isOutdated ? " (last known state)" : null}
          </span>
          {isOpen && !isOutdated ? <span class="spinner" aria-hidden="true" /> : null}
          <a class="head-end" href={operationHref(id)}>
            Open
          </a>
        </header>
        <div class="panel-text">
          {isOutdated ? (
            <FailureNotice failure={failure} onRetry={readAgain} />
          ) : (
            <p>{states[operation.state].meaning}</p>
          )}
          <Timeline operation={operation} />
          <p class="actions">
            {operation.state === "needs_review" ? (
              <a class="button button-primary" href={operationHref(id)}>
                Review this operation
              </a>
            ) : (
              <button type="button" class={`button ${isOpen ? "button-primary" : ""}`} onClick={onSendAgain}>
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

/** What happens if the user sends the same request again. */
const hints: Partial<Record<OperationState, string>> = {
  unknown: "The gateway then looks the account up immediately. The ledger also does this without a new request.",
  created: "The gateway then answers with this account and sends nothing to the vendor.",
  not_created: "The gateway then sends the account again.",
};
