import type { ConnectionCheck, ConnectionDescription } from "./documents.ts";
import type { Json } from "../../../schemas/json.ts";
import { objectWith } from "./answer.ts";
import { requiredConnection } from "./options.ts";
import { type CallOptions, type Client, send } from "./send.ts";

const isConnectionList = objectWith<{ connections: ConnectionDescription[] }>("connections");
const isConnectionCheck = objectWith<ConnectionCheck>("reachable", "authorized", "lookup", "detail");
const isJsonSchema = objectWith<Record<string, Json>>();

export function connectionCalls(client: Client) {
  return {
    /** Lists the connections of the key, and how each supports every field. */
    list: async (options: CallOptions = {}): Promise<ConnectionDescription[]> => {
      const { body } = await send(
        client,
        { method: "get", path: "v1/connections", isExpected: isConnectionList },
        options,
      );
      return body.connections;
    },

    /**
     * Checks whether the connection can create accounts now. It only reads from the vendor. Needs an operator's key. For 10
     * seconds, the gateway answers further checks with the same result.
     */
    check: async (
      connection = requiredConnection(client.connection),
      options: CallOptions = {},
    ): Promise<ConnectionCheck> => {
      const path = `v1/connections/${encodeURIComponent(connection)}/check`;
      return (await send(client, { method: "post", path, isExpected: isConnectionCheck }, options)).body;
    },

    /** Returns the JSON Schema of the accounts that the connection accepts, for a form or a check before a create. */
    schema: async (
      connection = requiredConnection(client.connection),
      options: CallOptions = {},
    ): Promise<Record<string, Json>> => {
      const path = `v1/connections/${encodeURIComponent(connection)}/schema`;
      return (await send(client, { method: "get", path, isExpected: isJsonSchema }, options)).body;
    },
  };
}
