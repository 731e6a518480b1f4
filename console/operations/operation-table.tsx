import type { OperationSummary } from "../../schemas/documents/operation.ts";
import { dateAndTimeOf, guarantees, states } from "../labels.ts";
import { Mark } from "../parts/mark.tsx";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { operationHref } from "../state/router.ts";

export function OperationTable({ operations }: { operations: readonly OperationSummary[] }) {
  return (
    <div class="panel">
      <ScrollArea label="Operations">
        <table class="operations">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Operation</th>
              <th scope="col" class="is-minor">
                Attempts
              </th>
              <th scope="col" class="is-minor">
                Guarantee
              </th>
              <th scope="col">Started</th>
              <th scope="col" class="is-minor">
                Expires
              </th>
            </tr>
          </thead>
          <tbody>
            {operations.map((operation) => (
              <tr key={operation.id}>
                <td>
                  <span class={`state tone-${operation.state}`}>
                    <Mark kind={operation.state} /> {states[operation.state].label}
                  </span>
                </td>
                <td>
                  <a class="mono" href={operationHref(operation.id)}>
                    {operation.id.slice(operation.connection.length + 1)}
                  </a>
                </td>
                <td class="is-minor">
                  {operation.attempt}
                  {operation.asynchronous ? <span class="hint"> async</span> : null}
                </td>
                <td class="is-minor">{guarantees[operation.guarantee].label}</td>
                <td>{dateAndTimeOf(operation.created_at)}</td>
                <td class="is-minor">
                  {operation.expires_at === null ? "does not expire while open" : dateAndTimeOf(operation.expires_at)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </div>
  );
}
