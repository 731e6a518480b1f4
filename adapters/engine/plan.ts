import type { Scalar } from "../../schemas/account.ts";
import type { Connection, SecretReference } from "../../schemas/connection.ts";
import { type Pointer, pointerSchema } from "../../schemas/json.ts";
import type { Adapter } from "./adapter.ts";
import type { Auth } from "./auth.ts";
import type { ConfigurationFault } from "./configuration-fault.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import { compileTable, type Table } from "./table.ts";

/** All that is needed to translate for one connection. */
export interface Plan extends Table {
  adapter: Adapter;
  connection: Connection;
  constants: readonly { to: Pointer; path: readonly string[]; value: Scalar }[];
  url: string;
  headers: Readonly<Record<string, string>>;
  auth: Auth;
}

/** Compiles a connection, or names every fault in its mapping, defaults and fallback. */
export function compilePlan(
  adapter: Adapter,
  connection: Connection,
  reveal: (secret: SecretReference) => string,
): { plan: Plan } | { faults: ConfigurationFault[] } {
  const { table, faults } = compileTable(adapter, connection);
  if (faults.length > 0) return { faults };

  const scheme = adapter.auth.find(({ schema }) => schema.safeParse(connection.auth).success);
  if (scheme === undefined) return { faults: [{ path: "auth", detail: "Is none that the vendor knows" }] };
  return {
    plan: {
      adapter,
      connection,
      ...table,
      constants: Object.entries(adapter.constants).map(([to, value]) => {
        const pointer = pointerSchema.parse(to);
        return { to: pointer, path: toPath(pointer), value };
      }),
      url: `${connection.base_url}${adapter.path}`,
      headers: adapter.headers(connection),
      auth: scheme.authenticate(connection.auth, { baseUrl: connection.base_url, reveal }),
    },
  };
}
