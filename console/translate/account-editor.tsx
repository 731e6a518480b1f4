/** The account, edited as a form or as JSON. */
import { useSignal } from "@preact/signals";
import { Segmented } from "../parts/controls.tsx";
import { Prose } from "../parts/text.tsx";
import { account, samples, write } from "../state/draft.ts";
import { openSession } from "../state/session.ts";
import { AccountForm } from "./account-form.tsx";
import { type FieldError, isAbout } from "./field-errors.ts";
import { JsonEditor } from "./json-editor.tsx";

export type EditorMode = "form" | "json";

interface AccountEditorProps {
  errors: readonly FieldError[];
  mode: EditorMode;
  onMode: (mode: EditorMode) => void;
}

export function AccountEditor({ errors, mode, onMode }: AccountEditorProps) {
  const sample = useSignal("");
  const isShown = (error: FieldError) =>
    mode === "form" && openSession.value.fields.some(({ pointer }) => isAbout(error, pointer));
  const otherErrors = errors.filter((error) => !isShown(error));
  const isUnreadable = account.value === null && mode === "form";
  return (
    <section class="panel editor" aria-labelledby="editor-title">
      <header class="panel-head">
        <h2 id="editor-title">Account</h2>
        <select
          class="sample"
          aria-label="Start from a sample"
          value={sample.value}
          onChange={({ currentTarget }) => {
            const chosen = samples[currentTarget.value];
            if (chosen !== undefined) write(chosen());
            currentTarget.value = "";
          }}
        >
          <option value="">Samples</option>
          {Object.keys(samples).map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <Segmented
          legend="Edit as"
          name="editor-mode"
          options={{ form: "Form", json: "JSON" }}
          value={mode}
          onChange={onMode}
        />
      </header>
      {isUnreadable ? <p class="form-error">The form can show only a JSON object. Correct the JSON first.</p> : null}
      {otherErrors.length === 0 ? null : (
        <ul class="field-errors editor-errors" id="editor-errors">
          {otherErrors.map(({ pointer, detail }) => (
            <li key={pointer + detail}>
              <span>
                {pointer === "" ? null : <code>{pointer} </code>}
                <Prose text={detail} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {mode === "form" ? (
        <AccountForm errors={errors} />
      ) : (
        <JsonEditor describedBy={otherErrors.length === 0 ? undefined : "editor-errors"} />
      )}
    </section>
  );
}
