/** The outcome of a create: the gateway's answer, or a notice that no answer came. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { OperationState } from "../../schemas/operation.ts";
import type { CreateRequest } from "../gateway/gateway.ts";
import { durationOf, openStates, states } from "../labels.ts";
import { announce } from "../parts/accessibility.tsx";
import { Mark } from "../parts/mark.tsx";
import { describe } from "../parts/notices.tsx";
import { type CreateAnswer, send, type SentCreate, sentWithSameKey } from "../state/create.ts";
import { useOperation } from "../state/use-operation.ts";
import { CreatedAccount } from "./created-account.tsx";
import { FollowedOperationPanel } from "./followed-operation.tsx";
import { FailurePanel, isFollowed, ProblemFacts } from "./problem-panel.tsx";
import { TimingBar } from "./timing-bar.tsx";

export function Outcome({ sent: { request, answer } }: { sent: SentCreate }) {
  useEffect(() => {
    if (answer !== null) announce(`${request.connection}: ${summaryOf(answer).title}`);
  }, [request, answer]);
  if (answer === null) return <Waiting connection={request.connection} />;
  const operation = operationToFollow(answer);
  return (
    <>
      <EarlierAnswers />
      {operation === null ? (
        <AnswerPanel request={request} answer={answer} />
      ) : (
        <FollowedAnswer key={operation} id={operation} request={request} answer={answer} />
      )}
    </>
  );
}

interface AnswerProps {
  request: CreateRequest;
  answer: CreateAnswer;
}

function AnswerPanel({ request, answer }: AnswerProps) {
  return (
    <>
      <div class="panel">
        <Headline {...summaryOf(answer)} connection={request.connection} />
        <TimingBar header={answer.serverTiming} />
        {answer.kind === "failure" ? <FailurePanel failure={answer.failure} request={request} /> : null}
      </div>
      {answer.kind === "success" && answer.body.kind === "created" ? (
        <CreatedAccount account={answer.body.account} />
      ) : null}
    </>
  );
}

/** An answer without a final outcome, and its operation. The console polls the operation until its state is final. */
function FollowedAnswer({ id, request, answer }: AnswerProps & { id: string }) {
  const followed = useOperation(id, sentWithSameKey.value.length);
  const { operation } = followed;
  return (
    <>
      {operation === null || openStates.has(operation.state) ? (
        <AnswerPanel request={request} answer={answer} />
      ) : (
        <div class="panel">
          <Headline title={states[operation.state].label} tone={operation.state} connection={request.connection} />
          <TimingBar header={answer.serverTiming} />
          <div class="problem">
            <p class="hint">
              The answer was <code>{summaryOf(answer).short}</code>. Since then, the operation has changed to this
              state.
            </p>
            {operation.problem === null || operation.state === "needs_review" ? null : (
              <ProblemFacts problem={operation.problem} />
            )}
          </div>
        </div>
      )}
      <FollowedOperationPanel id={id} followed={followed} onSendAgain={() => void send(request)} />
    </>
  );
}

function operationToFollow(answer: CreateAnswer): string | null {
  if (answer.kind === "success") return answer.body.kind === "accepted" ? answer.body.operation.id : null;
  const { failure } = answer;
  return failure.kind === "problem" && isFollowed(failure.problem) ? (failure.problem.operation ?? null) : null;
}

interface Summary {
  title: string;
  /** The short title, for the list of answers. */
  short: string;
  tone: OperationState;
}

function summaryOf(answer: CreateAnswer): Summary {
  if (answer.kind === "success") {
    const { body } = answer;
    if (body.kind === "accepted")
      return { title: "Queued: the ledger will send the account", short: "202 queued", tone: "queued" };
    return body.isReplay
      ? { title: "Created earlier with this key", short: "201 replayed", tone: "created" }
      : { title: "Created", short: "201 created", tone: "created" };
  }
  const { failure } = answer;
  const { title } = describe(failure);
  switch (failure.kind) {
    case "problem": {
      const { status, code, effect } = failure.problem;
      return { title, short: `${status} ${code}`, tone: effect === "unknown" ? "unknown" : "rejected" };
    }
    case "not_sendable":
      return { title, short: "not sent", tone: "rejected" };
    case "no_answer":
      return { title, short: "no answer", tone: "unknown" };
    case "unreadable_answer":
      return { title, short: String(failure.status), tone: "unknown" };
  }
}

function Headline({ title, tone, connection }: Pick<Summary, "title" | "tone"> & { connection: string }) {
  return (
    <header class="panel-head outcome-head">
      <h2 class={`outcome-title tone-${tone}`}>
        <Mark kind={tone} /> {title}
      </h2>
      <span class="connection-id">{connection}</span>
    </header>
  );
}

const tickMs = 100;

function Waiting({ connection }: { connection: string }) {
  const [elapsedMs, setElapsedMs] = useState(0);
  const shown = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    // On a small screen, the outcome is below the form.
    shown.current?.scrollIntoView({ block: "nearest" });
    const startedMs = performance.now();
    const timer = setInterval(() => setElapsedMs(performance.now() - startedMs), tickMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <output class="panel waiting" ref={shown}>
      <span class="spinner" aria-hidden="true" />
      <span>
        Waiting for {connection} <span class="elapsed">{elapsedMs < 400 ? "" : durationOf(elapsedMs)}</span>
      </span>
    </output>
  );
}

/** The answers to all requests with this key, in order. */
function EarlierAnswers() {
  const summaries = sentWithSameKey.value.flatMap(({ answer }) => (answer === null ? [] : [summaryOf(answer)]));
  if (summaries.length < 2) return null;
  return (
    <ol class="answers" aria-label="Answers to this key so far">
      {summaries.map(({ tone, short }, index) => (
        <li key={index} class={`tone-${tone}`}>
          <Mark kind={tone} /> {short}
        </li>
      ))}
    </ol>
  );
}
