/** One account, and each connection's request for it. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Disposition, dispositions } from "../labels.ts";
import { HandlingSwitch, Switch } from "../parts/controls.tsx";
import { Mark } from "../parts/mark.tsx";
import { FailureNotice, NoConnections, Pending } from "../parts/notices.tsx";
import { isKeyed } from "../state/draft.ts";
import { followDraft, isLoading, loadAgain, previewFailure, previews } from "../state/previews.ts";
import { openSession, readSchemas, session } from "../state/session.ts";
import { AccountEditor, type EditorMode } from "./account-editor.tsx";
import { ConnectionPicker, shownConnections } from "./connection-picker.tsx";
import { errorsOf } from "./field-errors.ts";
import { tracesOf } from "./trace.ts";
import { VendorCard } from "./vendor-card.tsx";
import { Wires } from "./wires.tsx";

export function TranslateView() {
  const { gateway, connections } = openSession.value;
  useEffect(() => followDraft(gateway, () => [...shownConnections.value]), [gateway]);
  useSignalEffect(() => {
    if (session.value.kind === "open") void readSchemas(shownConnections.value);
  });
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Translate</h1>
          <p class="lead">One account, and each vendor’s request for it. This page sends nothing to a vendor.</p>
        </div>
        <div class="controls">
          <HandlingSwitch name="handling" />
          <Switch
            checked={isKeyed.value}
            onChange={(value) => {
              isKeyed.value = value;
            }}
          >
            Idempotency-Key
          </Switch>
        </div>
      </header>
      {connections.length === 0 ? <NoConnections /> : <Stage />}
    </>
  );
}

function Stage() {
  const { connections } = openSession.value;
  const stage = useRef<HTMLDivElement>(null);
  const mode = useSignal<EditorMode>("form");
  const failure = previewFailure.value;
  const isAboutAccount = failure?.kind === "problem" && failure.problem.errors !== undefined;
  const shown = (previews.value ?? []).filter(({ connection }) => shownConnections.value.has(connection));
  const shownWithTraces = shown.map((preview) => ({
    preview,
    traces: tracesOf(
      preview,
      connections.find(({ id }) => id === preview.connection),
    ),
  }));
  const errors = errorsOf(shown, failure);
  const isStale = failure !== null;
  return (
    <>
      <ConnectionPicker />
      <div class="stage" ref={stage}>
        <AccountEditor
          errors={errors}
          mode={mode.value}
          onMode={(value) => {
            mode.value = value;
          }}
        />
        <div class="translations">
          {failure !== null && !isAboutAccount ? <FailureNotice failure={failure} onRetry={loadAgain} /> : null}
          <div class="cards" aria-busy={isLoading.value}>
            {shownWithTraces.map(({ preview, traces }) => (
              <VendorCard
                key={preview.connection}
                preview={preview}
                traces={traces}
                isOnlyOfVendor={shown.filter(({ vendor }) => vendor === preview.vendor).length === 1}
                isStale={isStale}
              />
            ))}
          </div>
        </div>
        {isLoading.value ? <Pending>Translating…</Pending> : null}
        {isStale ? null : <Wires stage={stage} traces={shownWithTraces.flatMap(({ traces }) => traces)} />}
      </div>
      <Legend />
    </>
  );
}

function Legend() {
  return (
    <dl class="legend" aria-label="What happens to each field">
      {(Object.keys(dispositions) as Disposition[]).map((each) => (
        <div key={each}>
          <dt>
            <Mark kind={each} /> {dispositions[each].label}
          </dt>
          <dd>{dispositions[each].meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
