/** What one connection would be sent. */
import type { Preview } from "../../schemas/documents/preview.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Prose } from "../parts/prose.tsx";
import { handling, isKeyed, text } from "../state/draft.ts";
import { newKey } from "../state/idempotency-key.ts";
import { href } from "../state/router.ts";
import { vendorTitle } from "../words.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { Sendability } from "./sendability.tsx";
import { asCurl, asTypeScript } from "./snippets.ts";
import type { Trace } from "./trace.ts";
import { Unsent } from "./unsent.tsx";

interface VendorCardProps {
  preview: Preview;
  traces: readonly Trace[];
  /** Of its vendor, among those that are shown. */
  isOnlyOne: boolean;
  isStale: boolean;
}

export function VendorCard({ preview, traces, isOnlyOne, isStale }: VendorCardProps) {
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
        <h2 id={`card-${connection}`}>
          {vendorTitle(vendor)}
          {isOnlyOne ? null : <span class="connection-id"> {connection}</span>}
        </h2>
        <Sendability isStale={isStale} canBeSent={problems.length === 0} />
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
        errors.length > 0 ? (
          []
        ) : (
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
        <a
          class="button button-quiet card-create"
          href={href("create", { connection })}
          aria-label={`Create on ${connection}`}
        >
          Create →
        </a>
      </footer>
    </article>
  );
}
