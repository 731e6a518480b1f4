/** What became of a create: one of the gateway's answers, or none. */
import { useEffect, useRef } from "preact/hooks";
import type { Create } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { announce } from "../parts/announce.tsx";
import { wordsOf } from "../parts/failure-notice.tsx";
import { Mark } from "../parts/mark.tsx";
import { type CreateAnswer, isOperation, type Send, send as sendCreate, sends } from "../state/create.ts";
import { useElapsed } from "../state/use-elapsed.ts";
import { useOperation } from "../state/use-operation.ts";
import { durationOf, openStates, states } from "../words.ts";
import { CreatedAccount } from "./created-account.tsx";
import { FollowedOperation } from "./followed-operation.tsx";
import { NoAnswer } from "./no-answer.tsx";
import { isFollowed, ProblemFacts, ProblemPanel } from "./problem-panel.tsx";
import { TimingBar } from "./timing-bar.tsx";
import { type Verdict, verdictOf } from "./verdict.ts";

export function Outcome({ send }: { send: Send }) {
  const { create, answer } = send;
  useEffect(() => {
    if (answer !== null) announce(`${create.connection}: ${verdictOf(answer).title}`);
  }, [create, answer]);
  if (answer === null) return <Waiting connection={create.connection} />;
  const id = operationToFollow(answer);
  return (
    <>
      <Sends />
      {id === null ? (
        <Answered create={create} answer={answer} />
      ) : (
        <Followed key={id} id={id} create={create} answer={answer} />
      )}
    </>
  );
}

function NotCreated({ failure, create }: { failure: Failure; create: Create }) {
  switch (failure.kind) {
    case "problem":
      return <ProblemPanel {...failure} create={create} />;
    case "not_sendable":
      return <p class="problem">{wordsOf(failure).detail}</p>;
    case "no_answer":
    case "unreadable":
    case "unknown_form":
      return <NoAnswer failure={failure} create={create} onAgain={() => void sendCreate(create)} />;
  }
}

interface AnsweredProps {
  create: Create;
  answer: CreateAnswer;
}

function Answered({ create, answer }: AnsweredProps) {
  return (
    <>
      <div class="panel">
        <Headline verdict={verdictOf(answer)} connection={create.connection} />
        <TimingBar header={answer.headers.get("Server-Timing")} />
        {answer.ok ? null : <NotCreated failure={answer.failure} create={create} />}
      </div>
      {answer.ok && !isOperation(answer.body) ? <CreatedAccount account={answer.body} /> : null}
    </>
  );
}

/** An operation is followed where this answer does not yet tell how it ends; once it has ended, it speaks in its place. */
function Followed({ id, create, answer }: AnsweredProps & { id: string }) {
  const followed = useOperation(id, sends.value.length);
  const { operation } = followed;
  return (
    <>
      {operation === null || openStates.has(operation.state) ? (
        <Answered create={create} answer={answer} />
      ) : (
        <div class="panel">
          <Headline
            verdict={{ title: states[operation.state].label, tone: operation.state }}
            connection={create.connection}
          />
          <TimingBar header={answer.headers.get("Server-Timing")} />
          <div class="problem">
            <p class="hint">
              The answer was <code>{verdictOf(answer).short}</code>. This is what became of it since.
            </p>
            {operation.problem === null || operation.state === "needs_review" ? null : (
              <ProblemFacts problem={operation.problem} />
            )}
          </div>
        </div>
      )}
      <FollowedOperation id={id} followed={followed} onAgain={() => void sendCreate(create)} />
    </>
  );
}

function Headline({ verdict: { title, tone }, connection }: { verdict: Omit<Verdict, "short">; connection: string }) {
  return (
    <header class="panel-head outcome-head">
      <h2 class={`outcome-title tone-${tone}`}>
        <Mark kind={tone} /> {title}
      </h2>
      <span class="connection-id">{connection}</span>
    </header>
  );
}

function operationToFollow(answer: CreateAnswer): string | null {
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
