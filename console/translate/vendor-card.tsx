/** The request of one connection. */
import type { Preview } from "../../schemas/documents/preview.ts";
import { vendorTitle } from "../labels.ts";
import { CopyButton } from "../parts/controls.tsx";
import { Prose } from "../parts/text.tsx";
import { newKey } from "../state/create.ts";
import { handling, isKeyed, text } from "../state/draft.ts";
import { href } from "../state/router.ts";
import { RequestPreview, Sendability } from "./request-preview.tsx";
import { asCurl, asTypeScript } from "./snippets.ts";
import type { Trace } from "./trace.ts";

interface VendorCardProps {
  preview: Preview;
  traces: readonly Trace[];
  /** Whether this is the vendor's only card, so that the vendor's name identifies it. */
  isOnlyOfVendor: boolean;
  isStale: boolean;
}

export function VendorCard({ preview, traces, isOnlyOfVendor, isStale }: VendorCardProps) {
  const { connection, vendor, request, problems } = preview;
  const create = () => ({
    connection,
    json: text.value,
    handling: handling.value,
    idempotencyKey: isKeyed.value ? newKey() : null,
    isAsync: false,
  });
  // Problems with a pointer are shown at their fields.
  const generalProblems = problems.filter(({ errors = [] }) => errors.length === 0);
  return (
    <article class={`panel card ${isStale ? "is-stale" : ""}`} aria-labelledby={`card-${connection}`}>
      <header class="panel-head">
        <h2 id={`card-${connection}`}>
          {vendorTitle(vendor)}
          {isOnlyOfVendor ? null : <span class="connection-id"> {connection}</span>}
        </h2>
        <Sendability preview={preview} isStale={isStale} />
      </header>
      <RequestPreview preview={preview} traces={traces} />
      {generalProblems.map(({ code, title, detail }) => (
        <p key={code} class="card-problem">
          <strong>{title}.</strong> <Prose text={detail} />
        </p>
      ))}
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
          description={`the create on ${connection} as curl`}
          text={() => asCurl(create(), location.origin)}
        />
        <CopyButton
          label="TypeScript"
          description={`the create on ${connection} as TypeScript`}
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
