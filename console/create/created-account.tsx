/** The created account, the vendor's own reply, and the field report. */
import type { Account } from "../../schemas/documents/account.ts";
import { vendorTitle } from "../labels.ts";
import { BodyLines } from "../parts/body-lines.tsx";
import { Prose } from "../parts/text.tsx";
import { FieldReport } from "./field-report.tsx";

export function CreatedAccount({ account }: { account: Account }) {
  const { fields, vendor_response: reply, ...reported } = account;
  return (
    <>
      {account.warnings.length === 0 ? null : (
        <ul class="warnings">
          {account.warnings.map(({ code, field, detail }) => (
            <li key={code + (field ?? "")}>
              <strong>{code.replaceAll("_", " ")}</strong> {field === null ? null : <code>{field}</code>}{" "}
              <Prose text={detail} />
            </li>
          ))}
        </ul>
      )}
      <div class="pair">
        <section class="panel" aria-labelledby="normalised">
          <header class="panel-head">
            <h2 id="normalised">The account</h2>
            <span class="hint">the same format for every vendor</span>
          </header>
          <BodyLines body={reported} />
        </section>
        {reply === null || reply === undefined ? null : (
          <section class="panel" aria-labelledby="vendor-reply">
            <header class="panel-head">
              <h2 id="vendor-reply">{vendorTitle(account.vendor)}’s own reply</h2>
              <span class="connection-id">{reply.status}</span>
            </header>
            <BodyLines body={reply.body} />
          </section>
        )}
      </div>
      {reply === null ? (
        <p class="hint">The vendor’s own reply is only in the first answer. The ledger does not keep it.</p>
      ) : null}
      {fields === undefined ? null : <FieldReport fields={fields} />}
    </>
  );
}
