/** The life of an operation: a track on which each state is as long as it lasted, and its steps in words. */
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import { Mark } from "../parts/mark.tsx";
import { dateAndTimeOf, durationOf, nextSteps, reasons, states, timeOf, visible } from "../words.ts";

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
              // The root keeps what lasted moments visible beside what lasted minutes.
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
