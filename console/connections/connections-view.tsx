/** The connections of the key: their guarantees, and the fields that they support. */
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import { guarantees, vendorTitle } from "../labels.ts";
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { Mark } from "../parts/mark.tsx";
import { NoConnections } from "../parts/notices.tsx";
import { Prose } from "../parts/text.tsx";
import { listed } from "../state/connections.ts";
import { openSession } from "../state/session.ts";
import { ConnectionCheck } from "./connection-check.tsx";
import { SupportMatrix } from "./support-matrix.tsx";

export function ConnectionsView() {
  const connections = listed(() => false);
  return (
    <>
      <header class="view-head">
        <div>
          <h1>Connections</h1>
          <p class="lead">
            The connections of your key. Each has a guarantee for creates, and supports certain fields.
          </p>
        </div>
        <ConnectionSearch />
      </header>
      {openSession.value.connections.length === 0 ? (
        <NoConnections />
      ) : (
        <>
          <ul class="connection-cards">
            {connections.map((connection) => (
              <ConnectionCard key={connection.id} connection={connection} />
            ))}
          </ul>
          <SupportMatrix connections={connections} />
        </>
      )}
    </>
  );
}

function ConnectionCard({ connection }: { connection: ConnectionDescription }) {
  const { id, vendor, status, handling, require_key, guarantee } = connection;
  return (
    <li class="panel connection-card">
      <header class="panel-head">
        <h2>{vendorTitle(vendor)}</h2>
        <span class="connection-id">{id}</span>
      </header>
      <div class="panel-text">
        {guarantee === null || status === "misconfigured" ? (
          <>
            <p class="with-mark tone-refused">
              <Mark kind="refused" /> <strong>Misconfigured</strong>
            </p>
            <p class="hint">
              The gateway has disabled this connection because of configuration faults. Run <code>npm run check</code>{" "}
              to see them.
            </p>
          </>
        ) : (
          <>
            <p>
              <strong>{guarantees[guarantee.level].label}</strong>
            </p>
            <p class="hint">
              <Prose text={guarantee.assumption} />
            </p>
            <p class="hint connection-facts">
              {handling === "strict" ? "Strict by default" : "Lenient by default"} ·{" "}
              {require_key === true ? "an Idempotency-Key is required" : "an Idempotency-Key is optional"}
            </p>
            <ConnectionCheck id={id} />
          </>
        )}
      </div>
    </li>
  );
}
