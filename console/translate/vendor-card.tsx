/** What one connection would be sent. */
import type { Preview } from "../../schemas/preview.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Mark } from "../parts/mark.tsx";
import { Prose } from "../parts/prose.tsx";
import { handling, isKeyed, text } from "../state/draft.ts";
import { newKey } from "../state/idempotency-key.ts";
import { href } from "../state/router.ts";
import { dispositions, vendorTitle } from "../words.ts";
import { BodyLines } from "./body-lines.tsx";
import { highlighted, highlights } from "./highlight.ts";
import { asCurl, asTypeScript } from "./snippets.ts";
import { nameOf, type Trace } from "./trace.ts";

interface VendorCardProps {
  preview: Preview;
  traces: readonly Trace[];
  isStale: boolean;
}

export function VendorCard({ preview, traces, isStale }: VendorCardProps) {
  const { connection, vendor, request, problems } = preview;
  const create = () => ({
    connection,
    body: text.value,
    handling: handling.value,
    idempotencyKey: isKeyed.value ? newKey() : null,
    isAsync: false,
  });
  const unsent = traces.filter(({ to }) => to === null);
  return (
    <article class={`panel card ${isStale ? "is-stale" : ""}`} aria-labelledby={`card-${connection}`}>
      <header class="panel-head">
        <h2 id={`card-${connection}`}>{vendorTitle(vendor)}</h2>
        <span class="connection-id">{connection}</span>
        <Verdict isSent={problems.length === 0} />
      </header>
      {request === null ? null : (
        <>
          <p class="target" title={request.url}>
            <span class="method">{request.method}</span> {request.url.replace(/^https:\/\//, "")}
          </p>
          <BodyLines body={request.body} traces={traces} />
        </>
      )}
      {unsent.length === 0 ? null : <Unsent traces={unsent} />}
      {problems.flatMap(({ code, title, detail, errors = [] }) =>
        errors.length > 0 ? [] : (
          <p key={code} class="card-problem">
            <strong>{title}.</strong> <Prose text={detail} />
          </p>
        ),
      )}
      {request === null ? null : (
        <details class="headers">
          <summary>Headers</summary>
          <dl>
            {Object.entries(request.headers).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <footer class="card-foot">
        <CopyButton
          label="curl"
          what={`the create on ${connection} as curl`}
          text={() => asCurl(create(), location.origin)}
        />
        <CopyButton
          label="TypeScript"
          what={`the create on ${connection} as TypeScript`}
          text={() => asTypeScript(create(), location.origin)}
        />
        <a class="button button-quiet card-create" href={href("create", { connection })} aria-label={`Create on ${connection}`}>
          Create →
        </a>
      </footer>
    </article>
  );
}

function Verdict({ isSent }: { isSent: boolean }) {
  return (
    <span class={`verdict ${isSent ? "is-good" : "is-bad"}`}>
      <Mark kind={isSent ? "created" : "refused"} /> {isSent ? "Can be sent" : "Not sent"}
    </span>
  );
}

function Unsent({ traces }: { traces: readonly Trace[] }) {
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
                    : <Prose text={reason.replace(/: leave it out, .*$/, "")} />
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
