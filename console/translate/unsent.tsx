/** The leaves of the account that have no place in the vendor's request, and why. */
import { Mark } from "../parts/mark.tsx";
import { Prose } from "../parts/prose.tsx";
import { dispositions, withoutAdvice } from "../words.ts";
import { highlighted, highlights } from "./highlight.ts";
import { nameOf, type Trace } from "./trace.ts";

export function Unsent({ traces }: { traces: readonly Trace[] }) {
  return (
    <div class="unsent">
      <h3>Not in the request</h3>
      <ul>
        {traces.map(({ place, source, disposition, reason }) => (
          <li
            key={place}
            class={`line leaf tone-${disposition} ${source !== null && highlighted.value === source ? "is-lit" : ""}`}
            data-place={place}
            {...highlights(source)}
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
