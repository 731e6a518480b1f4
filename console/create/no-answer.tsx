/** A create that the gateway did not answer: it may have been carried out all the same. */
import type { Create } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { wordsOf } from "../parts/failure-notice.tsx";

interface NoAnswerProps {
  failure: Failure;
  create: Create;
  onAgain: () => void;
}

export function NoAnswer({ failure, create, onAgain }: NoAnswerProps) {
  return (
    <div class="problem">
      <p>{wordsOf(failure).detail}</p>
      <dl class="facts">
        <dt>May an account exist?</dt>
        <dd>Perhaps: the gateway may have received the request.</dd>
        <dt>What to do</dt>
        <dd>
          {create.idempotencyKey === null
            ? "Look in the vendor’s system before you create the account again."
            : "Send it again with the same key: no second account comes of it."}
        </dd>
      </dl>
      {create.idempotencyKey === null ? null : (
        <p class="actions">
          <button type="button" class="button button-primary" onClick={onAgain}>
            Send again with the same key
          </button>
        </p>
      )}
    </div>
  );
}
