/** A button that checks a connection at its vendor, and the result. */
import { useState } from "preact/hooks";
import type { ConnectionCheck as Check } from "../../schemas/documents/capability.ts";
import type { Answer } from "../gateway/gateway.ts";
import { Mark } from "../parts/mark.tsx";
import { FailureNotice, Pending } from "../parts/notices.tsx";
import { openSession } from "../state/session.ts";

export function ConnectionCheck({ id }: { id: string }) {
  const [answer, setAnswer] = useState<Answer<Check> | null>(null);
  const [isChecking, setIsChecking] = useState(false);
  const check = async () => {
    if (isChecking) return;
    setIsChecking(true);
    setAnswer(null);
    setAnswer(await openSession.value.gateway.check(id));
    setIsChecking(false);
  };
  return (
    <>
      <p class="actions">
        <button type="button" class="button" aria-disabled={isChecking} onClick={() => void check()}>
          Check <span class="visually-hidden">{id}</span>
        </button>
      </p>
      {isChecking ? <Pending>Checking…</Pending> : null}
      {answer?.kind === "failure" ? <FailureNotice failure={answer.failure} /> : null}
      <output class="connection-check">
        {answer?.kind === "success" ? <CheckResult check={answer.body} /> : null}
      </output>
    </>
  );
}

const list = new Intl.ListFormat("en");

function CheckResult({ check: { authorized, lookup, detail } }: { check: Check }) {
  const isGood = detail === null;
  const successes = [
    "answers",
    ...(authorized ? ["accepts the credentials"] : []),
    ...(lookup ? ["supports lookups"] : []),
  ];
  return (
    <span class={`with-mark tone-${isGood ? "created" : "refused"}`}>
      <Mark kind={isGood ? "created" : "refused"} />
      {isGood ? `The vendor ${list.format(successes)}` : detail}
    </span>
  );
}
