/** The history of an operation: a bar that shows how long each state lasted, and the list of its steps. */
import type { OperationDocument } from "../../schemas/operation.ts";
import { dateAndTimeOf, durationOf, nextSteps, reasons, states, timeOf } from "../labels.ts";
import { Mark } from "../parts/mark.tsx";
import { visible } from "../parts/text.tsx";

export function Timeline({ operation: { history, state: now, due_at: due } }: { operation: OperationDocument }) {
  const nextStep = nextSteps[now];
  const starts = history.map(({ at }) => Date.parse(at));
  const first = starts[0] ?? 0;
  return (
    <div class="timeline">
      <div class="track" aria-hidden="true">
        {history.map(({ state, at }, index) => {
          const end = starts[index + 1];
          const lastedMs = end === undefined ? null : end - Date.parse(at);
          return (
            <span
              key={`${at} ${state}`}
              class={`tone-${state} ${lastedMs === null ? "is-last" : ""}`}
              // The square root keeps a state of milliseconds visible beside a state of minutes.
              style={{ flexGrow: lastedMs === null ? 0 : Math.sqrt(lastedMs + 1) }}
            />
          );
        })}
      </div>
      <ol class="steps">
        {history.map(({ at, state, attempt, reason, by, note }, index) => (
          <li key={`${at} ${state}`} class={`tone-${state}`}>
            <Mark kind={state} />
            <div class="step-text">
              <p>
                <strong>{states[state].label}</strong> {reasons[reason]}
                {by === undefined ? null : <> ({by})</>}
                {attempt > 1 ? <span class="attempt"> attempt {attempt}</span> : null}
              </p>
              {note === undefined ? null : <blockquote>{visible(note)}</blockquote>}
            </div>
            <time dateTime={at} title={dateAndTimeOf(at)}>
              {index === 0 ? timeOf(at) : `+${durationOf((starts[index] ?? first) - first)}`}
            </time>
          </li>
        ))}
        {nextStep === undefined || due === null ? null : (
          <li class="is-next">
            <Mark kind="queued" />
            <p class="step-text">{nextStep}</p>
            <time dateTime={due} title={dateAndTimeOf(due)}>
              +{durationOf(Date.parse(due) - first)}
            </time>
          </li>
        )}
      </ol>
    </div>
  );
}
