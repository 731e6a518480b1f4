/** A table of the fields that each connection supports. */
import type { ConnectionDescription, FieldCapability } from "../../schemas/documents/capability.ts";
import { supports, vendorTitle } from "../labels.ts";
import { Mark } from "../parts/mark.tsx";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { Breakable } from "../parts/text.tsx";

export function SupportMatrix({ connections }: { connections: readonly ConnectionDescription[] }) {
  const names = [...new Set(connections.flatMap(({ fields }) => Object.keys(fields)))];
  return (
    <div class="panel">
      <header class="panel-head">
        <h2>Fields</h2>
        <span class="hint">the vendor’s field for each account field, and the accepted values</span>
      </header>
      <ScrollArea label="Fields">
        <table class="matrix" style={{ minWidth: `${148 + 190 * connections.length}px` }}>
          <thead>
            <tr>
              <th scope="col">Field</th>
              {connections.map(({ id, vendor }) => (
                <th key={id} scope="col">
                  {vendorTitle(vendor)} <span class="connection-id">{id}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                {connections.map(({ id, fields }) => (
                  <td key={id}>
                    <Cell field={fields[name]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </div>
  );
}

function Cell({ field }: { field: FieldCapability | undefined }) {
  const { support = "unsupported" } = field ?? {};
  const notes = field === undefined ? [] : notesOf(field);
  return (
    <div class={`support ${support === "unsupported" ? "is-missing" : ""}`}>
      <span class="with-mark">
        <Mark kind={support} /> {supports[support]}
      </span>
      {field?.to === null || field === undefined ? null : (
        <code class="to">
          <Breakable text={field.to} />
        </code>
      )}
      {notes.length === 0 ? null : <p class="hint">{notes.join(" · ")}</p>}
    </div>
  );
}

const formats: Record<string, string> = {
  email: "an e-mail address",
  uuid: "a UUID",
  "date-time": "a date and time (RFC 3339)",
};

/** The values that the field accepts, and the value that the gateway sends if the field is missing. */
function notesOf({ support, values, max_length, format, fallback, default: value, mappable_to }: FieldCapability) {
  const accepted = values?.map(String).join(", ");
  return [
    ...(accepted === undefined ? [] : [support === "implied" ? `always ${accepted}` : accepted]),
    ...(max_length === null || accepted !== undefined ? [] : [`at most ${max_length} characters`]),
    ...(format === null ? [] : [formats[format] ?? format]),
    ...(fallback.length === 0 ? [] : [`if missing, the gateway uses ${fallback.join(", or else ")}`]),
    ...(value === null ? [] : [`default: ${JSON.stringify(value)}`]),
    ...(mappable_to.length === 0 ? [] : [`can be mapped to ${mappable_to.join(", ")}`]),
  ];
}
