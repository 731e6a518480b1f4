/** The failure of a create, and the next step. */
import type { Problem, ProblemError } from "../../schemas/documents/problem.ts";
import type { CreateRequest, Failure } from "../gateway/gateway.ts";
import { durationOf, effects, retries } from "../labels.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { describe } from "../parts/notices.tsx";
import { Prose } from "../parts/text.tsx";
import { currentCreate, send, startNewAccount } from "../state/create.ts";
import { handling, hasMadeReference } from "../state/draft.ts";

interface FailurePanelProps {
  failure: Failure;
  request: CreateRequest;
}

export function FailurePanel({ failure, request }: FailurePanelProps) {
  switch (failure.kind) {
    case "problem": {
      const { problem, retryAfterMs } = failure;
      return (
        <div class="problem">
          <ProblemFacts problem={problem} retryAfterMs={retryAfterMs} />
          {isFollowed(problem) ? null : (
            <p class="actions">
              <NextStep problem={problem} request={request} />
            </p>
          )}
        </div>
      );
    }
    case "not_sendable":
      return <p class="problem">{describe(failure).detail}</p>;
    case "no_answer":
    case "unreadable_answer":
      return <NoAnswer failure={failure} request={request} />;
  }
}

/** Whether the console follows the operation. If so, the console shows the next step beside the operation. */
export const isFollowed = ({ effect, operation }: Problem): boolean => effect === "unknown" && operation !== undefined;

/** Shown if there is no usable answer: the gateway may still have created the account. */
function NoAnswer({ failure, request }: FailurePanelProps) {
  const isKeyed = request.idempotencyKey !== null;
  return (
    <div class="problem">
      <p>{describe(failure).detail}</p>
      <dl class="facts">
        <dt>Could an account exist?</dt>
        <dd>Yes: the gateway may have received the request.</dd>
        <dt>What to do</dt>
        <dd>
          {isKeyed
            ? "Send the same request again, with the same key. This never creates a second account."
            : "Look for the account in the vendor’s system before you send it again."}
        </dd>
      </dl>
      {isKeyed ? (
        <p class="actions">
          <SendAgain request={request} />
        </p>
      ) : null}
    </div>
  );
}

interface ProblemFactsProps {
  problem: Problem;
  retryAfterMs?: number | null;
}

export function ProblemFacts({ problem, retryAfterMs = null }: ProblemFactsProps) {
  const { status, code, detail, effect, retry, errors = [], vendor, operation } = problem;
  const isWithoutKey = effect === "unknown" && retry === "never" && operation === undefined;
  return (
    <>
      <p>
        <Prose text={detail} />
      </p>
      {errors.length === 0 ? null : <ProblemErrors errors={errors} />}
      <dl class="facts">
        <dt>Could an account exist?</dt>
        <dd>{effects[effect]}</dd>
        <dt>Send it again?</dt>
        <dd>
          {isWithoutKey ? "Only if the account is not in the vendor’s system." : retries[retry]}
          {retryAfterMs === null ? null : ` Wait at least ${durationOf(retryAfterMs)}.`}
        </dd>
        <dt>Code</dt>
        <dd>
          <a href={`/problems/${code}`} target="_blank" rel="noreferrer">
            {status} <code>{code}</code>
          </a>
        </dd>
      </dl>
      {vendor === undefined || vendor.errors.length === 0 ? null : (
        <details class="vendor-errors">
          <summary>
            The vendor’s error <span class="count">{vendor.status}</span>
          </summary>
          <BodyLines body={vendor.errors} />
        </details>
      )}
    </>
  );
}

export function ProblemErrors({ errors }: { errors: readonly ProblemError[] }) {
  return (
    <ul class="problem-errors">
      {errors.map(({ pointer, detail }) => (
        <li key={pointer + detail}>
          <code>{pointer === "" ? "the body" : pointer}</code> <Prose text={detail} />
        </li>
      ))}
    </ul>
  );
}

function NextStep({ problem: { code, retry }, request }: { problem: Problem; request: CreateRequest }) {
  if (code === "unsupported_field") {
    const sendLeniently = () => {
      handling.value = "lenient";
      void send({ ...currentCreate(), handling: "lenient" });
    };
    return (
      <button type="button" class="button button-primary" onClick={sendLeniently}>
        Send without the unsupported fields
      </button>
    );
  }
  const isReferenceTaken = code === "account_exists" && hasMadeReference.value;
  if (isReferenceTaken || code === "idempotency_key_reused") {
    const sendWithNewKey = () => {
      startNewAccount();
      void send(currentCreate());
    };
    return (
      <button type="button" class="button button-primary" onClick={sendWithNewKey}>
        {isReferenceTaken ? "Send with a new key and reference" : "Send with a new key"}
      </button>
    );
  }
  return retry === "never" ? null : <SendAgain request={request} />;
}

function SendAgain({ request }: { request: CreateRequest }) {
  return (
    <button type="button" class="button button-primary" onClick={() => void send(request)}>
      {request.idempotencyKey === null ? "Send again" : "Send again with the same key"}
    </button>
  );
}
