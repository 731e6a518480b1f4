/** A problem, and what to do about it. */
import type { Problem, ProblemError } from "../../schemas/documents/problem.ts";
import type { Create } from "../gateway/gateway.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { Prose } from "../parts/prose.tsx";
import { current, send, startAnew } from "../state/create.ts";
import { handling, hasMadeReference } from "../state/draft.ts";
import { effects, retries } from "../words.ts";

interface ProblemPanelProps {
  problem: Problem;
  retryAfterSeconds: number | null;
  create: Create;
}

/** Where the answer leaves an operation to follow, what to do next stands there. */
export function ProblemPanel({ problem, retryAfterSeconds, create }: ProblemPanelProps) {
  return (
    <div class="problem">
      <ProblemFacts problem={problem} retryAfterSeconds={retryAfterSeconds} />
      {isFollowed(problem) ? null : (
        <p class="actions">
          <Actions problem={problem} create={create} />
        </p>
      )}
    </div>
  );
}

export const isFollowed = ({ effect, operation }: Problem): boolean => effect === "unknown" && operation !== undefined;

interface ProblemFactsProps {
  problem: Problem;
  retryAfterSeconds?: number | null;
}

export function ProblemFacts({ problem, retryAfterSeconds = null }: ProblemFactsProps) {
  const { status, code, detail, effect, retry, errors = [], vendor, operation } = problem;
  const isUnkeyed = effect === "unknown" && retry === "never" && operation === undefined;
  return (
    <>
      <p>
        <Prose text={detail} />
      </p>
      {errors.length === 0 ? null : <ProblemErrors errors={errors} />}
      <dl class="facts">
        <dt>May an account exist?</dt>
        <dd>{effects[effect]}</dd>
        <dt>Send it again?</dt>
        <dd>
          {isUnkeyed ? "Not before you have looked." : retries[retry]}
          {retryAfterSeconds === null ? null : ` Wait ${retryAfterSeconds} s at least.`}
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
            The vendor’s own words <span class="count">{vendor.status}</span>
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

function Actions({ problem: { code, retry }, create }: { problem: Problem; create: Create }) {
  if (code === "unsupported_field") {
    const sendLeniently = () => {
      handling.value = "lenient";
      void send({ ...current(), handling: "lenient" });
    };
    return (
      <button type="button" class="button button-primary" onClick={sendLeniently}>
        Send without what it cannot carry
      </button>
    );
  }
  const isTaken = code === "account_exists" && hasMadeReference.value;
  if (isTaken || code === "idempotency_key_reused") {
    const sendAnew = () => {
      startAnew();
      void send(current());
    };
    return (
      <button type="button" class="button button-primary" onClick={sendAnew}>
        {isTaken ? "Send with a new key and reference" : "Send with a new key"}
      </button>
    );
  }
  if (retry === "never") return null;
  return (
    <button type="button" class="button button-primary" onClick={() => void send(create)}>
      {create.idempotencyKey === null ? "Send again" : "Send again with the same key"}
    </button>
  );
}
