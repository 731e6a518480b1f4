/** Canonical field × connection. */
import type { ConnectionDescription, FieldCapability } from "../../schemas/documents/capability.ts";
import { Breakable } from "../parts/breakable.tsx";
import { Mark } from "../parts/mark.tsx";
import { supports, vendorTitle } from "../words.ts";

export function SupportMatrix({ connections }: { connections: readonly ConnectionDescription[] }) {
  const names = [...new Set(connections.flatMap(({ fields }) => Object.keys(fields)))];
  return (
    <div class="panel">
      <header class="panel-head">
        <h2 id="support">Fields</h2>
        <span class="hint">where each one goes, and what it takes</span>
      </header>
      <section class="scroll" tabIndex={0} aria-labelledby="support">
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
      </section>
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

/** The limits, in words. */
function notesOf({ support, values, max_length, format, fallback, default: value, mappable_to }: FieldCapability) {
  const given = values?.map(String).join(", ");
  return [
    ...(given === undefined ? [] : [support === "implied" ? `always ${given}` : given]),
    ...(max_length === null || given !== undefined ? [] : [`at most ${max_length} characters`]),
    ...(format === null ? [] : [formats[format] ?? format]),
    ...(fallback.length === 0 ? [] : [`else from ${fallback.join(", then ")}`]),
    ...(value === null ? [] : [`else ${JSON.stringify(value)}`]),
    ...(mappable_to.length === 0 ? [] : [`could be mapped to ${mappable_to.join(", ")}`]),
  ];
}
