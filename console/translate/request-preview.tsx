/** A connection's request: whether it can be sent, its body, and the fields that it leaves out. */
import type { Preview } from "../../schemas/documents/preview.ts";
import { dispositions } from "../labels.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { Mark } from "../parts/mark.tsx";
import { Breakable, Prose, withoutAdvice } from "../parts/text.tsx";
import { highlighted, highlightOnHover, nameOf, type Trace } from "./trace.ts";

interface SendabilityProps {
  preview: Preview;
  /** Whether the preview shows an earlier account, because the current account cannot be previewed. */
  isStale: boolean;
}

export function Sendability({ preview, isStale }: SendabilityProps) {
  if (isStale) return <span class="sendability is-stale">Preview of an earlier account</span>;
  const canBeSent = preview.problems.length === 0;
  return (
    <span class={`sendability ${canBeSent ? "is-good" : "is-bad"}`}>
      <Mark kind={canBeSent ? "created" : "refused"} /> {canBeSent ? "Can be sent" : "Cannot be sent"}
    </span>
  );
}

export function RequestPreview({ preview: { request }, traces }: { preview: Preview; traces: readonly Trace[] }) {
  const unsent = traces.filter(({ to }) => to === null);
  return (
    <>
      {request === null ? null : (
        <>
          <p class="request-line">
            <span class="method">{request.method}</span> <Breakable text={request.url} />
          </p>
          <BodyLines body={request.body} traces={traces} />
        </>
      )}
      {unsent.length === 0 ? null : <UnsentFields traces={unsent} />}
    </>
  );
}

function UnsentFields({ traces }: { traces: readonly Trace[] }) {
  return (
    <div class="unsent">
      <h3>Not in the request</h3>
      <ul>
        {traces.map(({ target, source, disposition, reason }) => (
          <li
            key={target}
            class={`line leaf tone-${disposition} ${source !== null && highlighted.value === source ? "is-lit" : ""}`}
            data-target={target}
            {...highlightOnHover(source)}
          >
            <Mark kind={disposition} />
            <span>
              <code>{source === null ? "" : nameOf(source)}</code>{" "}
              <span class="unsent-reason">
                {dispositions[disposition].label.toLowerCase()}
                {reason === null ? null : (
                  <>
                    : <Prose text={withoutAdvice(reason)} />
                  </>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
