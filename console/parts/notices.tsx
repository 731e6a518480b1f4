/** Notices in place of a view's content: a failure, a wait, or no content. */
import { useEffect, useState } from "preact/hooks";
import { canRepeat, type Failure } from "../gateway/gateway.ts";
import { Prose } from "./text.tsx";

export function describe(failure: Failure): { title: string; detail: string } {
  switch (failure.kind) {
    case "problem":
      return failure.problem;
    case "not_sendable":
      return {
        title: `The ${failure.what} cannot be sent`,
        detail: "It must contain only printable ASCII characters. Nothing was sent.",
      };
    case "no_answer":
      return {
        title: "The gateway does not answer",
        detail: "The connection failed before an answer came. Check that the gateway runs and that the network is up.",
      };
    case "unreadable_answer":
      return {
        title: `The console cannot read the answer (${failure.status})`,
        detail:
          "A proxy may have answered instead of the gateway, or the page and the gateway may have different versions. If this happens again, reload the page.",
      };
  }
}

interface FailureNoticeProps {
  failure: Failure;
  onRetry?: () => void;
}

export function FailureNotice({ failure, onRetry }: FailureNoticeProps) {
  const { title, detail } = describe(failure);
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">{title}</p>
      <p>
        <Prose text={detail} />
      </p>
      {onRetry === undefined || !canRepeat(failure) ? null : (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

const showAfterMs = 400;

/** A notice that something takes a while. It is empty at first, so that a quick answer causes no flicker. */
export function Pending({ children }: { children: string }) {
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsShown(true), showAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <output class="pending">
      {isShown ? (
        <>
          <span class="spinner" aria-hidden="true" /> {children}
        </>
      ) : null}
    </output>
  );
}

export function NoConnections() {
  return (
    <div class="notice">
      <p class="notice-title">This key has no connections yet</p>
      <p>
        A connection configures your access to one vendor. Add a <code>[vars.CONNECTION_…]</code> table to the
        configuration, add its id to the <code>connections</code> of this key, and run <code>npm run check</code>.
      </p>
    </div>
  );
}

/** Shown if the URL names a connection that the key cannot use. */
export function UnknownConnection({ id }: { id: string | null }) {
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">
        This key cannot use the connection <code>{id}</code>
      </p>
      <p>Choose another connection.</p>
    </div>
  );
}
