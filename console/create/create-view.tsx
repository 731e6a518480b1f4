/** Creates an account, and shows what became of it. */
import { useEffect } from "preact/hooks";
import { BodyLines } from "../parts/body-lines.tsx";
import type { Failure } from "../gateway/request.ts";
import { ProblemErrors } from "./problem-panel.tsx";
import { FailureNotice, wordsOf } from "../parts/failure-notice.tsx";
import { NoConnections } from "../parts/no-connections.tsx";
import { UnknownConnection } from "../parts/unknown-connection.tsx";
import { connection, named } from "../state/connection.ts";
import { latest } from "../state/create.ts";
import { askAgain, followDraft, previewFailure, previews } from "../state/previews.ts";
import { open } from "../state/session.ts";
import { traceOf } from "../translate/trace.ts";
import { Sendability } from "../translate/sendability.tsx";
import { Unsent } from "../translate/unsent.tsx";
import { vendorTitle } from "../words.ts";
import { CreateForm } from "./create-form.tsx";
import { Outcome } from "./outcome.tsx";

export function CreateView() {
  const { gateway, connections } = open.value;
  useEffect(() => followDraft(gateway, () => (connection.value === null ? [] : [connection.value.id])), [gateway]);
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Create</h1>
          <p class="lead">One create on one connection: the account as the vendor reports it, or what to do next.</p>
        </div>
      </header>
      {connections.length === 0 ? (
        <NoConnections />
      ) : (
        <div class="create">
          <CreateForm />
          <section class="create-outcome" aria-label="What became of it">
            {connection.value === null ? (
              <UnknownConnection id={named.value} />
            ) : latest.value === null ? (
              <ToBeSent />
            ) : (
              <Outcome key={connection.value.id} send={latest.value} />
            )}
          </section>
        </div>
      )}
    </>
  );
}

/** Before anything was sent: what would be. */
function ToBeSent() {
  const preview = previews.value?.find((each) => each.connection === connection.value?.id);
  const failure = previewFailure.value;
  const notice = failure === null ? null : <PreviewFailure failure={failure} />;
  if (preview === undefined) return notice;
  const isStale = failure !== null;
  const traces = traceOf(preview, connection.value ?? undefined);
  const unsent = traces.filter(({ to }) => to === null);
  return (
    <>
      {notice}
      <div class={`panel card ${isStale ? "is-stale" : ""}`}>
        <header class="panel-head">
          <h2>What {vendorTitle(preview.vendor)} would be sent</h2>
          <Sendability isStale={isStale} canBeSent={preview.problems.length === 0} />
        </header>
        {preview.request === null ? null : <BodyLines body={preview.request.body} traces={traces} />}
        {unsent.length === 0 ? null : <Unsent traces={unsent} />}
      </div>
    </>
  );
}

/** Why nothing newer is shown: what is wrong with the account, or with the way to the gateway. */
function PreviewFailure({ failure }: { failure: Failure }) {
  const errors = failure.kind === "problem" ? (failure.problem.errors ?? []) : [];
  if (errors.length === 0) return <FailureNotice failure={failure} onRetry={askAgain} />;
  return (
    <div class="notice notice-bad">
      <p class="notice-title">{wordsOf(failure).title}</p>
      <ProblemErrors errors={errors} />
    </div>
  );
}
