/** One field of the form, with its errors. */
import type { Json } from "../../schemas/json.ts";
import { Mark } from "../parts/mark.tsx";
import { InvisibleCharacters, Prose, visible, withoutAdvice } from "../parts/text.tsx";
import { account, leafAt, setLeaf } from "../state/draft.ts";
import { openSession } from "../state/session.ts";
import type { FieldError } from "./field-errors.ts";
import type { FormField } from "./form-fields.ts";
import { highlight, highlighted, highlightOnHover } from "./trace.ts";

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
      {...highlightOnHover(pointer)}
      onFocusIn={() => highlight(pointer)}
      onFocusOut={() => highlight(null)}
    >
      <label for={id} title={description}>
        {name}
        {isRequired ? <span class="required"> required</span> : null}
      </label>
      <FieldInput id={id} field={field} value={value} hasErrors={errors.length > 0} />
      <InvisibleCharacters text={typeof value === "string" ? value : ""} />
      {errors.length === 0 ? null : (
        <ul class="field-errors" id={`${id}-errors`}>
          {errors.map(({ detail, pointer: at, connections }) => (
            <li key={detail}>
              <Mark kind="refused" />
              <span>
                <Prose text={withoutAdvice(detail)} />
                {at === pointer ? null : <code> {visible(at)}</code>}
                {connections.length === 0 ? null : <span class="visually-hidden"> ({connections.join(", ")})</span>}
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
  hasErrors: boolean;
}

function FieldInput({ id, field, value, hasErrors }: FieldInputProps) {
  const { pointer, kind, choices, format, isRequired } = field;
  const order = openSession.value.fields.map((each) => each.pointer);
  const set = (leaf: Json | undefined) => setLeaf(pointer, leaf, order);
  const common = {
    id,
    "aria-invalid": hasErrors,
    "aria-describedby": hasErrors ? `${id}-errors` : undefined,
    "aria-required": isRequired,
  };
  const shown = value === undefined || value === null ? "" : String(value);
  if (kind === "choice" || kind === "boolean") {
    const options = kind === "boolean" ? ["true", "false"] : choices;
    // The list also shows a value from the JSON that no connection accepts.
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
