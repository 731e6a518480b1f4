/** Where every leaf went, and whether the vendor confirmed it. */
import type { ConfirmedFieldEntry } from "../../schemas/documents/account.ts";
import { Mark } from "../parts/mark.tsx";
import { dispositions, visible } from "../words.ts";

export function FieldReport({ fields }: { fields: readonly ConfirmedFieldEntry[] }) {
  return (
    <div class="panel">
      <header class="panel-head">
        <h2 id="field-report">Field report</h2>
      </header>
      <section class="scroll" tabIndex={0} aria-labelledby="field-report">
        <table>
          <thead>
            <tr>
              <th scope="col">Your field</th>
              <th scope="col">What became of it</th>
              <th scope="col">The vendor’s field</th>
              <th scope="col">Value</th>
              <th scope="col">Confirmed</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((entry) => (
              <tr key={`${entry.field} ${entry.to}`}>
                <td>{entry.field === null ? <span class="hint">—</span> : <code>{visible(entry.field)}</code>}</td>
                <td>
                  <span class="with-mark" title={entry.reason ?? undefined}>
                    <Mark kind={entry.disposition} /> {dispositions[entry.disposition].label}
                  </span>
                </td>
                <td>{entry.to === null ? <span class="hint">—</span> : <code>{entry.to}</code>}</td>
                <td>
                  <code class="value">{visible(JSON.stringify(entry.value))}</code>
                </td>
                <td>
                  <Confirmed entry={entry} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Confirmed({ entry: { confirmed, to } }: { entry: ConfirmedFieldEntry }) {
  if (confirmed === null) return <span class="hint">{to === null ? "—" : "not reported"}</span>;
  return (
    <span class="with-mark">
      <Mark kind={confirmed ? "created" : "rejected"} /> {confirmed ? "yes" : "changed"}
    </span>
  );
}
