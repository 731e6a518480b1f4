/** The gateway that two tenants share, and how they call it. */
import { createHash } from "node:crypto";
import type { Pool } from "undici";

/** The connection that both tenants use. */
export const connection = "shared";
/** The number of connections. A preview that names no connection previews all of them. */
const connections = 38;

const keys = { quiet: "quiet-tenant-key", attacker: "attacker-key" };
export type Tenant = keyof typeof keys;

/** The attacker's key can use every connection; the quiet tenant's key can use only the shared one. */
export function variablesFor(vendorOrigin: string) {
  const shared = {
    id: connection,
    vendor: "elastic_path",
    base_url: vendorOrigin,
    auth: { type: "client_credentials", client_id: "bench", client_secret: { secret: "VENDOR_SECRET" } },
  };
  const others = Array.from({ length: connections - 1 }, (_, index) => [
    `CONNECTION_OTHER_${index}`,
    { ...shared, id: `other-${index}` },
  ]);
  const keyOf = (tenant: Tenant, opens: string[]) => {
    const sha256 = createHash("sha256").update(keys[tenant]).digest("hex");
    return { name: tenant, sha256: [sha256], connections: opens };
  };
  return {
    VENDOR_SECRET: "secret-0123456789",
    CONNECTION_SHARED: shared,
    ...Object.fromEntries(others),
    KEY_QUIET: keyOf("quiet", [connection]),
    KEY_ATTACKER: keyOf("attacker", ["*"]),
  };
}

export interface Call {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

/** Makes the call for a create with this idempotency key. */
export function create(key: string, body: object, headers: Record<string, string> = {}): Call {
  return {
    method: "POST",
    path: "/v1/accounts",
    headers: { "gateway-connection": connection, "idempotency-key": key, ...headers },
    body,
  };
}

export function callAs(pool: Pool, tenant: Tenant, { method, path, headers = {}, body }: Call, signal?: AbortSignal) {
  return pool.request({
    method,
    path,
    headers: { authorization: `Bearer ${keys[tenant]}`, "content-type": "application/json", ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}
