/** The form with every field that at least one connection supports. */
import { toPointer } from "../../schemas/json-pointer.ts";
import { vendorTitle } from "../labels.ts";
import { account, leafAt } from "../state/draft.ts";
import { openSession } from "../state/session.ts";
import { type FieldError, isAbout } from "./field-errors.ts";
import { FieldRow } from "./field-row.tsx";
import type { FormField } from "./form-fields.ts";

export function AccountForm({ errors }: { errors: readonly FieldError[] }) {
  const { fields } = openSession.value;
  const groups = Map.groupBy([...fields, ...unmappedCustomFields(fields)], ({ group }) => group);
  const rows = (group: readonly FormField[]) =>
    group.map((field) => (
      <FieldRow key={field.pointer} field={field} errors={errors.filter((error) => isAbout(error, field.pointer))} />
    ));
  const { value } = account;
  return (
    <fieldset class="account-form" disabled={value === null}>
      <legend class="visually-hidden">The account</legend>
      {[...groups].map(([group, members]) => {
        if (group === null) return <div key="own">{rows(members)}</div>;
        if (group === "address") {
          return (
            <fieldset key={group}>
              <legend class="field-group">Address</legend>
              {rows(members)}
            </fieldset>
          );
        }
        if (group === "custom") {
          return (
            <div key={group}>
              <h3 class="field-group">Custom fields</h3>
              {rows(members)}
            </div>
          );
        }
        const used = members.filter(({ pointer }) => leafAt(value, pointer) !== undefined).length;
        return (
          <details key={group} class="field-options">
            <summary data-port={`/vendor_options/${group}`}>
              Options of {vendorTitle(group)} <span class="count">{used > 0 ? `${used} set` : members.length}</span>
            </summary>
            {rows(members)}
          </details>
        );
      })}
    </fieldset>
  );
}

/** The account's custom fields that no connection maps. The form shows these fields so that their errors appear beside them. */
function unmappedCustomFields(fields: readonly FormField[]): FormField[] {
  const custom = leafAt(account.value, "/custom") ?? {};
  return Object.entries(custom)
    .map(([name, value]) => ({ name, pointer: toPointer(["custom", name]), value }))
    .filter(({ pointer }) => fields.every((field) => field.pointer !== pointer))
    .map(({ name, pointer, value }) => ({
      pointer,
      name,
      group: "custom",
      kind: typeof value === "boolean" ? "boolean" : typeof value === "number" ? "integer" : "text",
      choices: [],
      format: null,
      description: "A custom field that no connection maps",
      isRequired: false,
    }));
}
