/** Whether a connection works now: the gateway asks its vendor. */
import { useState } from "preact/hooks";
import type { ConnectionCheck as Found } from "../../schemas/documents/capability.ts";
import type { Answer } from "../gateway/request.ts";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Mark } from "../parts/mark.tsx";
import { Pending } from "../parts/pending.tsx";
import { open } from "../state/session.ts";

export function ConnectionCheck({ id }: { id: string }) {
  const [answer, setAnswer] = useState<Answer<Found> | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const ask = async () => {
    if (isAsking) return;
    setIsAsking(true);
    setAnswer(null);
    setAnswer(await open.value.gateway.check(id));
    setIsAsking(false);
  };
  return (
    <>
      <p class="actions">
        <button type="button" class="button" aria-disabled={isAsking} onClick={() => void ask()}>
          Check <span class="unseen">{id}</span>
        </button>
      </p>
      {isAsking ? <Pending>Asking the vendor…</Pending> : null}
      {answer?.ok === false ? <FailureNotice failure={answer.failure} /> : null}
      <output class="connection-found">{answer?.ok === true ? <Verdict found={answer.body} /> : null}</output>
    </>
  );
}

const words = new Intl.ListFormat("en");

function Verdict({ found: { authorized, lookup, detail } }: { found: Found }) {
  const isGood = detail === null;
  const told = [
    "answers",
    ...(authorized ? ["takes the credentials"] : []),
    ...(lookup ? ["lets accounts be looked up"] : []),
  ];
  return (
    <span class={`with-mark tone-${isGood ? "created" : "refused"}`}>
      <Mark kind={isGood ? "created" : "refused"} />
      {isGood ? `The vendor ${words.format(told)}` : detail}
    </span>
  );
}
