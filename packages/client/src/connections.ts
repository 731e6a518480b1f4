import type { ConnectionCheck, ConnectionDescription } from "./documents.ts";
import type { Json } from "../../../schemas/json.ts";
import { requiredConnection } from "./check-options.ts";
import { objectWith } from "./read-answer.ts";
import { type CallOptions, type Client, send } from "./send.ts";

const isConnectionList = objectWith<{ connections: ConnectionDescription[] }>("connections");
const isConnectionCheck = objectWith<ConnectionCheck>("reachable", "authorized", "lookup", "detail");
const isJsonSchema = objectWith<Record<string, Json>>();

export function connectionCalls(client: Client) {
  return {
    /** The connections that the key opens, and how far each carries every field. */
    list: async (options: CallOptions = {}): Promise<ConnectionDescription[]> => {
      const { body } = await send(client, { method: "get", path: "v1/connections", reads: isConnectionList }, options);
      return body.connections;
    },

    /**
     * Asks the vendor, with reads alone, whether the connection would carry a create now. For operators' keys. The
     * gateway answers further checks with the same result for 10 seconds.
     */
    check: async (
      connection = requiredConnection(client.connection),
      options: CallOptions = {},
    ): Promise<ConnectionCheck> => {
      const path = `v1/connections/${encodeURIComponent(connection)}/check`;
      return (await send(client, { method: "post", path, reads: isConnectionCheck }, options)).body;
    },

    /** JSON Schema of the account as the connection accepts it: for a form, or a check before anything is sent. */
    schema: async (
      connection = requiredConnection(client.connection),
      options: CallOptions = {},
    ): Promise<Record<string, Json>> => {
      const path = `v1/connections/${encodeURIComponent(connection)}/schema`;
      return (await send(client, { method: "get", path, reads: isJsonSchema }, options)).body;
    },
  };
}
