/** One account, as every connection would be sent it. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { HandlingSwitch } from "../parts/handling-switch.tsx";
import { Mark } from "../parts/mark.tsx";
import { NoConnections } from "../parts/no-connections.tsx";
import { Pending } from "../parts/pending.tsx";
import { Switch } from "../parts/switch.tsx";
import { isKeyed } from "../state/draft.ts";
import { askAgain, followDraft, isAsking, previewFailure, previews } from "../state/previews.ts";
import { open, readSchemas, session } from "../state/session.ts";
import { type Disposition, dispositions } from "../words.ts";
import { AccountEditor, type Side } from "./account-editor.tsx";
import { ConnectionPicker, shownConnections } from "./connection-picker.tsx";
import { errorsOf } from "./field-errors.ts";
import { traceOf } from "./trace.ts";
import { VendorCard } from "./vendor-card.tsx";
import { Wires } from "./wires.tsx";

export function TranslateView() {
  const { gateway, connections } = open.value;
  useEffect(() => followDraft(gateway, () => [...shownConnections.value]), [gateway]);
  useSignalEffect(() => {
    if (session.value.stage === "open") void readSchemas(shownConnections.value);
  });
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Translate</h1>
          <p class="lead">One account, and what each vendor would be sent for it. Nothing is sent from here.</p>
        </div>
        <div class="controls">
          <HandlingSwitch legend="What a connection cannot carry" name="handling" />
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
  const { connections } = open.value;
  const stage = useRef<HTMLDivElement>(null);
  const side = useSignal<Side>("form");
  const failure = previewFailure.value;
  const isFault = failure?.kind === "problem" && failure.problem.errors !== undefined;
  const shown = (previews.value ?? []).filter(({ connection }) => shownConnections.value.has(connection));
  const traced = shown.map((preview) => ({
    preview,
    traces: traceOf(
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
          side={side.value}
          onSide={(value) => {
            side.value = value;
          }}
        />
        <div class="translations">
          {failure !== null && !isFault ? <FailureNotice failure={failure} onRetry={askAgain} /> : null}
          <div class="cards" aria-busy={isAsking.value}>
            {traced.map(({ preview, traces }) => (
              <VendorCard
                key={preview.connection}
                preview={preview}
                traces={traces}
                isOnlyOne={shown.filter(({ vendor }) => vendor === preview.vendor).length === 1}
                isStale={isStale}
              />
            ))}
          </div>
        </div>
        {isAsking.value ? <Pending>Asking the gateway…</Pending> : null}
        {isStale ? null : <Wires stage={stage} traces={traced.flatMap(({ traces }) => traces)} />}
      </div>
      <Legend />
    </>
  );
}

function Legend() {
  return (
    <dl class="legend" aria-label="What became of each leaf">
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
