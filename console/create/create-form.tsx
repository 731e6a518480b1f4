/** The form for a create: its connection, account, key and handling. */
import { guarantees, vendorTitle } from "../labels.ts";
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { HandlingSwitch, Switch } from "../parts/controls.tsx";
import { InvisibleCharacters, visible } from "../parts/text.tsx";
import { connection, listed } from "../state/connections.ts";
import { currentCreate, idempotencyKey, isAsync, isSending, send, startNewAccount } from "../state/create.ts";
import { account, handling, hasMadeReference, isKeyed, leafAt, setLeaf } from "../state/draft.ts";
import { previews } from "../state/previews.ts";
import { go, href } from "../state/router.ts";
import { openSession } from "../state/session.ts";
import { JsonEditor } from "../translate/json-editor.tsx";
import { FaultPicker } from "./fault-picker.tsx";
import { isSandbox } from "./faults.ts";

export function CreateForm() {
  const name = leafAt(account.value, "/name");
  const reference = leafAt(account.value, "/external_ref");
  const url = previews.value?.find((preview) => preview.connection === connection.value?.id)?.request?.url;
  const order = openSession.value.fields.map(({ pointer }) => pointer);
  const isBlocked = isSending.value || connection.value === null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isBlocked) void send(currentCreate());
  };
  return (
    <form class="panel create-form" onSubmit={submit} aria-label="Create an account">
      <ConnectionChoice />
      <div class="form-part">
        <div class="labelled">
          <label for="create-name">Name</label>
          <a href={href("translate")}>Edit every field</a>
        </div>
        <input
          id="create-name"
          type="text"
          autocomplete="off"
          disabled={account.value === null}
          value={typeof name === "string" ? name : ""}
          onInput={(event) => setLeaf("/name", event.currentTarget.value, order)}
        />
        <InvisibleCharacters text={typeof name === "string" ? name : ""} />
        {typeof reference === "string" ? (
          <p class="hint">
            Reference <code>{visible(reference)}</code>
            {hasMadeReference.value ? ". Each new key gets a new reference." : null}
          </p>
        ) : null}
        <details class="create-json">
          <summary>The whole account as JSON</summary>
          <JsonEditor describedBy={undefined} />
        </details>
      </div>
      {url !== undefined && isSandbox(url) ? (
        <div class="form-part">
          <FaultPicker />
        </div>
      ) : null}
      <KeyPart />
      <div class="form-part">
        <HandlingSwitch name="create-handling" />
        <p class="hint">
          {handling.value === "strict"
            ? "The gateway refuses an account with an unsupported field, and sends nothing."
            : "The gateway drops unsupported fields and adds a warning to the answer."}
        </p>
      </div>
      <button type="submit" class="button button-primary create-submit" aria-disabled={isBlocked}>
        {isSending.value ? "Sending…" : `Create on ${connection.value?.id ?? "…"}`}
      </button>
    </form>
  );
}

function ConnectionChoice() {
  return (
    <fieldset class="form-part choices">
      <legend>Connection</legend>
      <ConnectionSearch />
      {listed((id) => id === connection.value?.id).map(({ id, vendor, status, guarantee }) => (
        <label key={id} class="choice">
          <input
            type="radio"
            name="connection"
            checked={connection.value?.id === id}
            onChange={() => go(href("create", { connection: id }))}
          />
          <span class="choice-name">
            {vendorTitle(vendor)} <span class="connection-id">{id}</span>
          </span>
          <span class="hint">
            {status === "misconfigured" || guarantee === null ? "misconfigured" : guarantees[guarantee.level].label}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function KeyPart() {
  return (
    <div class="form-part">
      <div class="labelled">
        <Switch
          checked={isKeyed.value}
          onChange={(value) => {
            isKeyed.value = value;
          }}
        >
          Idempotency-Key
        </Switch>
        {isKeyed.value ? (
          <button type="button" class="link" onClick={startNewAccount}>
            {hasMadeReference.value ? "New key and reference" : "New key"}
          </button>
        ) : null}
      </div>
      {isKeyed.value ? (
        <input
          type="text"
          aria-label="The Idempotency-Key"
          class="mono"
          autocomplete="off"
          spellcheck={false}
          value={idempotencyKey}
          onInput={(event) => {
            idempotencyKey.value = event.currentTarget.value;
          }}
        />
      ) : (
        <p class="hint">
          The gateway sends the account once. If the outcome is unknown, only the vendor’s system shows whether the
          account exists.
        </p>
      )}
      <Switch
        checked={isAsync.value && isKeyed.value}
        disabled={!isKeyed.value}
        onChange={(value) => {
          isAsync.value = value;
        }}
      >
        Answer now; the ledger sends the account later{" "}
        <span class="hint">{isKeyed.value ? "respond-async" : "needs an Idempotency-Key"}</span>
      </Switch>
    </div>
  );
}
