/** What is to be created, where, and with which key. */
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { HandlingSwitch } from "../parts/handling-switch.tsx";
import { Switch } from "../parts/switch.tsx";
import { Unseen } from "../parts/unseen.tsx";
import { connection } from "../state/connection.ts";
import { listed } from "../state/connection-search.ts";
import { current, idempotencyKey, isAsync, isSending, send, startAnew } from "../state/create.ts";
import { account, handling, hasMadeReference, isKeyed, leafAt, setLeaf } from "../state/draft.ts";
import { previews } from "../state/previews.ts";
import { go, href } from "../state/router.ts";
import { open } from "../state/session.ts";
import { JsonEditor } from "../translate/json-editor.tsx";
import { guarantees, vendorTitle, visible } from "../words.ts";
import { FaultPicker } from "./fault-picker.tsx";
import { isSandbox } from "./faults.ts";

export function CreateForm() {
  const name = leafAt(account.value, "/name");
  const reference = leafAt(account.value, "/external_ref");
  const url = previews.value?.find((preview) => preview.connection === connection.value?.id)?.request?.url;
  const order = open.value.fields.map(({ pointer }) => pointer);
  const isBlocked = isSending.value || connection.value === null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isBlocked) void send(current());
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
        <Unseen text={typeof name === "string" ? name : ""} />
        {typeof reference === "string" ? (
          <p class="hint">
            Reference <code>{visible(reference)}</code>
            {hasMadeReference.value ? ", another with each new key" : null}
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
        <HandlingSwitch legend="What the connection cannot carry" name="create-handling" />
        <p class="hint">
          {handling.value === "strict"
            ? "A field that the connection cannot carry is refused, and nothing is sent."
            : "A field that the connection cannot carry is dropped, with a warning."}
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
          <button type="button" class="link" onClick={startAnew}>
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
        <p class="hint">One send. After an unknown outcome nobody but the vendor can tell what became of it.</p>
      )}
      <Switch
        checked={isAsync.value && isKeyed.value}
        disabled={!isKeyed.value}
        onChange={(value) => {
          isAsync.value = value;
        }}
      >
        Answer at once, send later{" "}
        <span class="hint">{isKeyed.value ? "respond-async" : "needs an Idempotency-Key"}</span>
      </Switch>
    </div>
  );
}
