/** The vendor's field for each field of the account, and whether the vendor confirmed the value. */
import type { ConfirmedFieldEntry } from "../../schemas/documents/account.ts";
import { dispositions } from "../labels.ts";
import { Mark } from "../parts/mark.tsx";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { visible } from "../parts/text.tsx";

export function FieldReport({ fields }: { fields: readonly ConfirmedFieldEntry[] }) {
  return (
    <div class="panel">
      <header class="panel-head">
        <h2>Field report</h2>
      </header>
      <ScrollArea label="Field report">
        <table>
          <thead>
            <tr>
              <th scope="col">Your field</th>
              <th scope="col">What happened to it</th>
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
      </ScrollArea>
    </div>
  );
}

function Confirmed({ entry: { confirmed, to } }: { entry: ConfirmedFieldEntry }) {
  if (confirmed === null) return <span class="hint">{to === null ? "—" : "not reported"}</span>;
  return (
    <span class="with-mark">
      <Mark kind={confirmed ? "created" : "rejected"} /> {confirmed ? "yes" : "no: changed by the vendor"}
    </span>
  );
}
