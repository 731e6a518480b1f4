/** An operator says what became of an operation. */
import { useState } from "preact/hooks";
import type { Json } from "../../schemas/json.ts";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import type { Resolution } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { open } from "../state/session.ts";
import { vendorTitle } from "../words.ts";

interface ResolveFormProps {
  operation: OperationDocument;
  onResolved: (operation: OperationDocument) => void;
}

type Outcome = Resolution["outcome"];

export function ResolveForm({ operation: { id, vendor, candidates }, onResolved }: ResolveFormProps) {
  const [outcome, setOutcome] = useState<Outcome>("created");
  const [vendorId, setVendorId] = useState("");
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isSending, setIsSending] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    const resolution = { outcome, reason, ...(outcome === "created" ? { vendor_id: vendorId } : {}) };
    const answer = await open.value.gateway.resolve(id, resolution);
    setIsSending(false);
    setFailure(answer.ok ? null : answer.failure);
    if (answer.ok) onResolved(answer.body);
  };
  const choice = (value: Outcome, label: string) => (
    <label class="check">
      <input type="radio" name="outcome" checked={outcome === value} onChange={() => setOutcome(value)} />
      {label}
    </label>
  );
  return (
    <form class="panel" aria-labelledby="resolve" onSubmit={(event) => void submit(event)}>
      <header class="panel-head">
        <h2 id="resolve">What became of it?</h2>
        <span class="hint">Look in {vendorTitle(vendor)}’s own system. Your answer is final.</span>
      </header>
      <div class="panel-text resolve">
        <fieldset class="resolve-outcome">
          <legend class="unseen">Outcome</legend>
          {choice("created", "The account was created")}
          {choice("not_created", "It was not created")}
        </fieldset>
        {outcome === "created" ? (
          <>
            <Candidates candidates={candidates} chosen={vendorId} onChoose={setVendorId} />
            <div class="stacked">
              <label for="vendor-id">The account’s id there</label>
              <input
                id="vendor-id"
                type="text"
                class="mono"
                autocomplete="off"
                spellcheck={false}
                required
                value={vendorId}
                onInput={(event) => setVendorId(event.currentTarget.value)}
              />
            </div>
          </>
        ) : (
          <p class="hint">The same key will then send the account again.</p>
        )}
        <div class="stacked">
          <label for="reason">How you know</label>
          <textarea
            id="reason"
            rows={2}
            required
            maxLength={1024}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        {failure === null ? null : <FailureNotice failure={failure} />}
        <p class="actions">
          <button type="submit" class="button button-primary" aria-disabled={isSending}>
            Settle the operation
          </button>
        </p>
      </div>
    </form>
  );
}

interface CandidatesProps {
  candidates: readonly Json[];
  chosen: string;
  onChoose: (id: string) => void;
}

function Candidates({ candidates, chosen, onChoose }: CandidatesProps) {
  if (candidates.length === 0) return <p class="hint">The vendor shows no account under the same name.</p>;
  return (
    <fieldset class="candidates">
      <legend>What the vendor holds under the same name</legend>
      {candidates.map((candidate, index) => {
        const id = idOf(candidate);
        return (
          <label key={id ?? index} class={`candidate ${id !== null && id === chosen ? "is-chosen" : ""}`}>
            <input
              type="radio"
              name="candidate"
              disabled={id === null}
              checked={id !== null && id === chosen}
              onChange={() => onChoose(id ?? "")}
            />
            <BodyLines body={candidate} />
          </label>
        );
      })}
    </fieldset>
  );
}

/** A candidate stands in the vendor's own words; one whose id is not plain to see is only shown. */
function idOf(candidate: Json): string | null {
  if (typeof candidate !== "object" || candidate === null || Array.isArray(candidate)) return null;
  const { id = null } = candidate;
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
