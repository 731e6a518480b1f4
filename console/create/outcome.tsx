/** What became of a create: one of the gateway's answers, or none. */
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../parts/announce.tsx";
import { Mark } from "../parts/mark.tsx";
import { isOperation, type Send, send as sendCreate, sends } from "../state/create.ts";
import { useElapsed } from "../state/use-elapsed.ts";
import { durationOf } from "../words.ts";
import { CreatedAccount } from "./created-account.tsx";
import { FollowedOperation } from "./followed-operation.tsx";
import { NoAnswer } from "./no-answer.tsx";
import { isFollowed, ProblemPanel } from "./problem-panel.tsx";
import { TimingBar } from "./timing-bar.tsx";
import { type Verdict, verdictOf } from "./verdict.ts";

export function Outcome({ send }: { send: Send }) {
  const { create, answer } = send;
  useEffect(() => {
    if (answer !== null) announce(`${create.connection}: ${verdictOf(answer).title}`);
  }, [create, answer]);
  if (answer === null) return <Waiting connection={create.connection} />;
  const verdict = verdictOf(answer);
  return (
    <>
      <Sends />
      <div class="panel">
        <header class="panel-head outcome-head">
          <h2 class={`outcome-title tone-${verdict.tone}`}>
            <Mark kind={verdict.tone} /> {verdict.title}
          </h2>
          <span class="connection-id">{create.connection}</span>
        </header>
        <TimingBar header={answer.headers.get("Server-Timing")} />
        {answer.ok ? null : answer.failure.kind === "problem" ? (
          <ProblemPanel {...answer.failure} create={create} />
        ) : (
          <NoAnswer failure={answer.failure} create={create} onAgain={() => void sendCreate(create)} />
        )}
      </div>
      {answer.ok && !isOperation(answer.body) ? <CreatedAccount account={answer.body} /> : null}
      <Followed send={send} />
    </>
  );
}

/** An operation is followed where this answer does not yet tell how it ends. */
function Followed({ send: { create, answer } }: { send: Send }) {
  const id = answer === null ? null : operationToFollow(answer);
  if (id === null) return null;
  return <FollowedOperation key={id} id={id} round={sends.value.length} onAgain={() => void sendCreate(create)} />;
}

function operationToFollow(answer: NonNullable<Send["answer"]>): string | null {
  if (answer.ok) return isOperation(answer.body) ? answer.body.id : null;
  const { failure } = answer;
  return failure.kind === "problem" && isFollowed(failure.problem) ? (failure.problem.operation ?? null) : null;
}

function Waiting({ connection }: { connection: string }) {
  const elapsedMs = useElapsed();
  const shown = useRef<HTMLOutputElement>(null);
  // On a small screen it stands below the form.
  useEffect(() => shown.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <output class="panel waiting" ref={shown}>
      <span class="spinner" aria-hidden="true" />
      <span>
        Waiting for {connection} <span class="elapsed">{elapsedMs < 400 ? "" : durationOf(elapsedMs)}</span>
      </span>
    </output>
  );
}

/** Every answer that one key has met, in order: the recovery as it went. */
function Sends() {
  const answered: { answer: Send["answer"]; verdict: Verdict }[] = sends.value.flatMap(({ answer }) =>
    answer === null ? [] : [{ answer, verdict: verdictOf(answer) }],
  );
  if (answered.length < 2) return null;
  return (
    <ol class="sends" aria-label="Answers to this key so far">
      {answered.map(({ verdict }, index) => (
        <li key={index} class={`tone-${verdict.tone}`}>
          <Mark kind={verdict.tone} /> {verdict.short}
        </li>
      ))}
    </ol>
  );
}
