/** One operation: its history, its state, and its account or problem. */
import { useEffect } from "preact/hooks";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import { CreatedAccount } from "../create/created-account.tsx";
import { ProblemFacts } from "../create/problem-panel.tsx";
import { dateAndTimeOf, guarantees, openStates, states, vendorTitle } from "../labels.ts";
import { announce, goToContent } from "../parts/accessibility.tsx";
import { Mark } from "../parts/mark.tsx";
import { FailureNotice, Pending } from "../parts/notices.tsx";
import { href } from "../state/router.ts";
import { useOperation } from "../state/use-operation.ts";
import { ResolveForm } from "./resolve-form.tsx";
import { Timeline } from "./timeline.tsx";

export function OperationView({ id }: { id: string }) {
  const { operation, failure, readAgain, show } = useOperation(id);
  const state = operation?.state;
  useEffect(() => {
    if (state !== undefined) announce(`The operation is ${states[state].label}`);
  }, [state]);
  return (
    <>
      <header class="view-head">
        <div>
          <p class="crumb">
            <a href={href("operations", operation === null ? {} : { connection: operation.connection })}>Operations</a>
          </p>
          <h1 class="operation-id">{id}</h1>
        </div>
      </header>
      {failure === null ? null : <FailureNotice failure={failure} onRetry={readAgain} />}
      {operation === null ? (
        failure === null ? (
          <Pending>Reading the operation…</Pending>
        ) : null
      ) : (
        <OperationDetails
          operation={operation}
          onResolved={(resolved) => {
            show(resolved);
            goToContent();
          }}
        />
      )}
    </>
  );
}

interface OperationDetailsProps {
  operation: OperationDocument;
  onResolved: (operation: OperationDocument) => void;
}

function OperationDetails({ operation, onResolved }: OperationDetailsProps) {
  const { state, problem, account, duplicates } = operation;
  return (
    <div class="operation">
      <section class="panel" aria-labelledby="operation-state">
        <header class="panel-head outcome-head">
          <h2 id="operation-state" class={`outcome-title tone-${state}`}>
            <Mark kind={state} /> {states[state].label}
          </h2>
          {openStates.has(state) ? <span class="spinner" aria-hidden="true" /> : null}
          <span class="hint">{states[state].meaning}</span>
        </header>
        <div class="panel-text">
          <Timeline operation={operation} />
        </div>
        <Facts operation={operation} />
      </section>
      {state === "needs_review" ? <ResolveForm operation={operation} onResolved={onResolved} /> : null}
      {duplicates.length === 0 ? null : (
        <div class="notice notice-bad">
          <p class="notice-title">The vendor reported more than one account for this operation</p>
          <p class="mono">{duplicates.join(", ")}</p>
        </div>
      )}
      {account === null ? null : <CreatedAccount account={account} />}
      {problem === null ? null : (
        <section class="panel" aria-labelledby="operation-problem">
          <header class="panel-head">
            <h2 id="operation-problem">{problem.title}</h2>
          </header>
          <div class="problem">
            <ProblemFacts problem={problem} />
          </div>
        </section>
      )}
    </div>
  );
}

function Facts({ operation }: { operation: OperationDocument }) {
  const { connection, vendor, attempt, asynchronous, guarantee, created_at, expires_at } = operation;
  const { label, meaning } = guarantees[guarantee];
  return (
    <dl class="facts operation-facts">
      <dt>Connection</dt>
      <dd>
        {connection} <span class="hint">{vendorTitle(vendor)}</span>
      </dd>
      <dt>Guarantee</dt>
      <dd>
        {label} <span class="hint">{meaning}</span>
      </dd>
      <dt>Attempts</dt>
      <dd>
        {attempt} {asynchronous ? <span class="hint">asynchronous: the ledger sends the account</span> : null}
      </dd>
      <dt>Started</dt>
      <dd>{dateAndTimeOf(created_at)}</dd>
      <dt>Expires</dt>
      <dd>{expires_at === null ? "An open operation does not expire" : dateAndTimeOf(expires_at)}</dd>
    </dl>
  );
}
