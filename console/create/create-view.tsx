/** Creates an account, and shows the outcome. */
import { useEffect } from "preact/hooks";
import type { Failure } from "../gateway/gateway.ts";
import { vendorTitle } from "../labels.ts";
import { describe, FailureNotice, NoConnections, UnknownConnection } from "../parts/notices.tsx";
import { connection, connectionInUrl } from "../state/connections.ts";
import { latest } from "../state/create.ts";
import { followDraft, loadAgain, previewFailure, previews } from "../state/previews.ts";
import { openSession } from "../state/session.ts";
import { RequestPreview, Sendability } from "../translate/request-preview.tsx";
import { tracesOf } from "../translate/trace.ts";
import { CreateForm } from "./create-form.tsx";
import { Outcome } from "./outcome.tsx";
import { ProblemErrors } from "./problem-panel.tsx";

export function CreateView() {
  const { gateway, connections } = openSession.value;
  useEffect(() => followDraft(gateway, () => (connection.value === null ? [] : [connection.value.id])), [gateway]);
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Create</h1>
          <p class="lead">Create one account on one connection. If that fails, the page shows what to do next.</p>
        </div>
      </header>
      {connections.length === 0 ? (
        <NoConnections />
      ) : (
        <div class="create">
          <CreateForm />
          <section class="create-outcome" aria-label="Outcome">
            {connection.value === null ? (
              <UnknownConnection id={connectionInUrl.value} />
            ) : latest.value === null ? (
              <RequestToSend />
            ) : (
              <Outcome key={connection.value.id} sent={latest.value} />
            )}
          </section>
        </div>
      )}
    </>
  );
}

/** Shows the preview of the request until the user sends it. */
function RequestToSend() {
  const preview = previews.value?.find((each) => each.connection === connection.value?.id);
  const failure = previewFailure.value;
  const notice = failure === null ? null : <PreviewFailure failure={failure} />;
  if (preview === undefined) return notice;
  const isStale = failure !== null;
  const traces = tracesOf(preview, connection.value ?? undefined);
  return (
    <>
      {notice}
      <div class={`panel card ${isStale ? "is-stale" : ""}`}>
        <header class="panel-head">
          <h2>Request to {vendorTitle(preview.vendor)}</h2>
          <Sendability preview={preview} isStale={isStale} />
        </header>
        <RequestPreview preview={preview} traces={traces} />
      </div>
    </>
  );
}

/** Says why the preview is outdated: the account has errors, or the gateway gave no answer. */
function PreviewFailure({ failure }: { failure: Failure }) {
  const errors = failure.kind === "problem" ? (failure.problem.errors ?? []) : [];
  if (errors.length === 0) return <FailureNotice failure={failure} onRetry={loadAgain} />;
  return (
    <div class="notice notice-bad">
      <p class="notice-title">{describe(failure).title}</p>
      <ProblemErrors errors={errors} />
    </div>
  );
}
