/** One field of the form, with what is wrong with it. */
import type { Json } from "../../schemas/json.ts";
import { Mark } from "../parts/mark.tsx";
import { Prose } from "../parts/prose.tsx";
import { Unseen } from "../parts/unseen.tsx";
import { account, leafAt, setLeaf } from "../state/draft.ts";
import { open } from "../state/session.ts";
import { visible, withoutAdvice } from "../words.ts";
import type { FieldError } from "./field-errors.ts";
import type { FormField } from "./form-fields.ts";
import { highlight, highlighted, highlights } from "./highlight.ts";

interface FieldRowProps {
  field: FormField;
  errors: readonly FieldError[];
}

export function FieldRow({ field, errors }: FieldRowProps) {
  const { pointer, name, description, isRequired } = field;
  const value = leafAt(account.value, pointer);
  const id = `field${pointer.replaceAll("/", "-")}`;
  const isEmpty = value === undefined || value === null;
  const classes = ["field", isEmpty ? "is-empty" : "", highlighted.value === pointer ? "is-lit" : ""];
  return (
    <div
      class={classes.join(" ")}
      data-port={pointer}
      {...highlights(pointer)}
      onFocusIn={() => highlight(pointer)}
      onFocusOut={() => highlight(null)}
    >
      <label for={id} title={description}>
        {name}
        {isRequired ? <span class="required"> required</span> : null}
      </label>
      <FieldInput id={id} field={field} value={value} isWrong={errors.length > 0} />
      <Unseen text={typeof value === "string" ? value : ""} />
      {errors.length === 0 ? null : (
        <ul class="field-errors" id={`${id}-errors`}>
          {errors.map(({ detail, pointer: at, connections }) => (
            <li key={detail}>
              <Mark kind="refused" />
              <span>
                <Prose text={withoutAdvice(detail)} />
                {at === pointer ? null : <code> {visible(at)}</code>}
                {connections.length === 0 ? null : <span class="unseen"> ({connections.join(", ")})</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface FieldInputProps {
  id: string;
  field: FormField;
  value: Json | undefined;
  isWrong: boolean;
}

function FieldInput({ id, field, value, isWrong }: FieldInputProps) {
  const { pointer, kind, choices, format, isRequired } = field;
  const order = open.value.fields.map((each) => each.pointer);
  const set = (leaf: Json | undefined) => setLeaf(pointer, leaf, order);
  const common = {
    id,
    "aria-invalid": isWrong,
    "aria-describedby": isWrong ? `${id}-errors` : undefined,
    "aria-required": isRequired,
  };
  const shown = value === undefined || value === null ? "" : String(value);
  if (kind === "choice" || kind === "boolean") {
    const options = kind === "boolean" ? ["true", "false"] : choices;
    // A value that the JSON holds and no connection takes is shown as it is.
    const all = shown === "" || options.includes(shown) ? options : [...options, shown];
    return (
      <select
        {...common}
        value={shown}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.value;
          set(chosen === "" ? undefined : kind === "boolean" ? chosen === "true" : chosen);
        }}
      >
        <option value="">{value === null ? "null" : "—"}</option>
        {all.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...common}
      type="text"
      inputMode={kind === "integer" ? "numeric" : format === "email" ? "email" : undefined}
      autocomplete="off"
      spellcheck={false}
      value={shown}
      placeholder={value === null ? "null" : (placeholders[format ?? ""] ?? "")}
      onInput={({ currentTarget }) => {
        const typed = currentTarget.value;
        const isNumber = kind === "integer" && /^-?\d{1,15}$/.test(typed);
        set(typed === "" && !isRequired ? undefined : isNumber ? Number(typed) : typed);
      }}
    />
  );
}

const placeholders: Record<string, string> = {
  email: "name@company.example",
  "date-time": "2026-01-31T09:00:00Z",
  uuid: "a UUID",
};
