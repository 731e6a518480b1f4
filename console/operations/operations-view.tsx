/** The operations of one connection, newest first. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { OperationState } from "../../schemas/operation.ts";
import type { OperationSummary } from "../../schemas/documents/operation.ts";
import type { Failure } from "../gateway/gateway.ts";
import { openStates, states } from "../labels.ts";
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { FailureNotice, NoConnections, Pending, UnknownConnection } from "../parts/notices.tsx";
import { connection, connectionInUrl, listed } from "../state/connections.ts";
import { go, href, route } from "../state/router.ts";
import { openSession } from "../state/session.ts";
import { OperationTable } from "./operation-table.tsx";

export function OperationsView() {
  const { connections } = openSession.value;
  const { query } = route.value;
  const chosen = connection.value;
  const stateNames = Object.keys(states) as OperationState[];
  const state = stateNames.find((each) => each === query.get("state")) ?? null;
  const setFilter = (changed: Record<string, string>) => {
    const all = { connection: chosen?.id ?? "", state: state ?? "", ...changed };
    go(href("operations", Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""))));
  };
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Operations</h1>
          <p class="lead">Every create with an Idempotency-Key, as the ledger stores it.</p>
        </div>
        {connections.length === 0 ? null : (
          <div class="controls">
            <ConnectionSearch />
            <label class="filter">
              Connection
              <select
                value={chosen?.id ?? ""}
                onChange={({ currentTarget }) => setFilter({ connection: currentTarget.value })}
              >
                {chosen === null ? <option value="">Choose one</option> : null}
                {listed((id) => id === chosen?.id).map(({ id }) => (
                  <option key={id} value={id}>
                    {id}
                  </option>
                ))}
              </select>
            </label>
            <label class="filter">
              State
              <select value={state ?? ""} onChange={({ currentTarget }) => setFilter({ state: currentTarget.value })}>
                <option value="">Any</option>
                {stateNames.map((each) => (
                  <option key={each} value={each}>
                    {states[each].label}
                  </option>
                ))}
              </select>
            </label>
          </div>
        )}
      </header>
      {connections.length === 0 ? (
        <NoConnections />
      ) : chosen === null ? (
        <UnknownConnection id={connectionInUrl.value} />
      ) : (
        <OperationPages key={`${chosen.id} ${state}`} id={chosen.id} state={state} />
      )}
    </>
  );
}

interface Pages {
  operations: readonly OperationSummary[];
  cursor: string | null;
}

function OperationPages({ id, state }: { id: string; state: OperationState | null }) {
  const { gateway } = openSession.value;
  const [pages, setPages] = useState<Pages | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isLoading, setIsLoading] = useState(false);
  const load = useCallback(
    async (earlier: Pages | null) => {
      setIsLoading(true);
      const answer = await gateway.operations({
        connection: id,
        state: state ?? undefined,
        cursor: earlier?.cursor ?? undefined,
      });
      setIsLoading(false);
      setFailure(answer.kind === "failure" ? answer.failure : null);
      if (answer.kind === "failure") return;
      const { operations, next_cursor: cursor } = answer.body;
      setPages({ operations: [...(earlier?.operations ?? []), ...operations], cursor });
    },
    [gateway, id, state],
  );
  useEffect(() => void load(null), [load]);
  if (pages === null) {
    if (failure === null) return <Pending>Reading the operations…</Pending>;
    return <FailureNotice failure={failure} onRetry={() => void load(null)} />;
  }
  return (
    <>
      {pages.operations.length === 0 ? (
        <NoOperations state={state} />
      ) : (
        <OperationTable operations={pages.operations} />
      )}
      {failure === null ? null : <FailureNotice failure={failure} />}
      <p class="list-foot">
        {pages.cursor === null ? null : (
          <button type="button" class="button" aria-disabled={isLoading} onClick={() => isLoading || void load(pages)}>
            Load more
          </button>
        )}
        <button type="button" class="button" onClick={() => void load(null)}>
          Refresh
        </button>
      </p>
    </>
  );
}

function NoOperations({ state }: { state: OperationState | null }) {
  return (
    <div class="notice">
      <p class="notice-title">
        {state === null ? "No operations yet" : `No operation has the state “${states[state].label}”`}
      </p>
      <p>
        {state === null ? "Each create with an Idempotency-Key is an operation. " : null}
        {state !== null && openStates.has(state) ? "Most operations leave this state within seconds. " : null}
        <a href={href("create")}>Create an account</a>
      </p>
    </div>
  );
}
