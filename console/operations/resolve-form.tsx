/** The form for an operator who resolves an operation in review. */
import { useState } from "preact/hooks";
import type { Json } from "../../schemas/json.ts";
import { isObject } from "../../schemas/json-pointer.ts";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import type { Resolution } from "../../schemas/operation.ts";
import type { Failure } from "../gateway/gateway.ts";
import { vendorTitle } from "../labels.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { FailureNotice } from "../parts/notices.tsx";
import { openSession } from "../state/session.ts";

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
    const answer = await openSession.value.gateway.resolve(
      id,
      outcome === "created" ? { outcome, reason, vendor_id: vendorId } : { outcome, reason },
    );
    setIsSending(false);
    setFailure(answer.kind === "failure" ? answer.failure : null);
    if (answer.kind === "success") onResolved(answer.body);
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
        <h2 id="resolve">Does the account exist?</h2>
        <span class="hint">Look for it in {vendorTitle(vendor)}’s own system. Your answer is final.</span>
      </header>
      <div class="panel-text resolve">
        <fieldset class="resolve-outcome">
          <legend class="visually-hidden">Outcome</legend>
          {choice("created", "Yes, it was created")}
          {choice("not_created", "No, it was not created")}
        </fieldset>
        {outcome === "created" ? (
          <>
            <Candidates candidates={candidates} chosen={vendorId} onChoose={setVendorId} />
            <div class="stacked">
              <label for="vendor-id">The account’s id at the vendor</label>
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
          <p class="hint">A caller can then send the account again with the same key.</p>
        )}
        <div class="stacked">
          <label for="reason">Reason for your decision</label>
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
            Resolve the operation
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
  if (candidates.length === 0) return <p class="hint">The vendor shows no account with the same name.</p>;
  return (
    <fieldset class="candidates">
      <legend>Accounts with the same name at the vendor</legend>
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

/** A candidate is the vendor's own record. If it has no `id`, the user can read it but not choose it. */
function idOf(candidate: Json): string | null {
  const { id = null } = isObject(candidate) ? candidate : {};
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
