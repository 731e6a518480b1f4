/** Why the gateway could not be asked, in words of its own for each way to fail. */
import type { Failure } from "../gateway/request.ts";
import { Prose } from "./prose.tsx";

interface Words {
  title: string;
  detail: string;
}

export function wordsOf(failure: Failure): Words {
  switch (failure.kind) {
    case "problem":
      return { title: failure.problem.title, detail: failure.problem.detail };
    case "not_sendable":
      return {
        title: `${failure.header === "Authorization" ? "The gateway key" : `The ${failure.header}`} cannot be sent`,
        detail: "It has characters that HTTP cannot carry in a header, so nothing was sent. Use ASCII alone.",
      };
    case "no_answer":
      return {
        title: "The gateway does not answer",
        detail: "The connection failed before an answer came. Is the gateway running, and the network up?",
      };
    case "unreadable":
      return {
        title: `Something else answered (${failure.status})`,
        detail:
          "The answer is not the gateway's: a proxy on the way, or a gateway that is broken, may have spoken instead.",
      };
    case "unknown_form":
      return {
        title: `The gateway answered in a form that the console does not know (${failure.status})`,
        detail: "The two may be of different versions: reload the page to have the console that goes with the gateway.",
      };
  }
}

interface FailureNoticeProps {
  failure: Failure;
  onRetry?: () => void;
}

export function FailureNotice({ failure, onRetry }: FailureNoticeProps) {
  const { title, detail } = wordsOf(failure);
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">{title}</p>
      <p>
        <Prose text={detail} />
      </p>
      {onRetry === undefined ? null : (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
