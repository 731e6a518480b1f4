import type { Plan } from "../../adapters/engine/plan.ts";

/**
 * Where a connection leads: vendor, origin, tenant and client. What differs here is another place to create accounts in.
 * Credentials that are sent as they stand do not tell whose they are: changing them changes no place.
 */
export function targetOf({ adapter, connection, headers, auth }: Plan): string {
  const { origin } = new URL(connection.base_url);
  const client = auth.type === "exchange" ? (auth.request.body["client_id"] ?? null) : null;
  return JSON.stringify([adapter.vendor, origin, headers, client]);
}
