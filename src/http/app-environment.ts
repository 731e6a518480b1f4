import type { GatewayKey } from "../../schemas/connection.ts";
import type { Configuration } from "../connections/configuration.ts";
import type { Environment } from "../environment.ts";
import type { LogEntry } from "../log.ts";

/** What Hono's context carries through a request. */
export interface AppEnvironment {
  Bindings: Environment;
  Variables: {
    requestId: string;
    /** While the caller's body is being read: what fails then is the caller's connection. */
    isReadingBody: boolean;
    /** In milliseconds since the epoch. */
    startedMs: number;
    configuration: Configuration;
    /** The gateway key, on the routes that require one. */
    key: GatewayKey;
    /** Of a create that came with one. */
    idempotencyKey: string | undefined;
    /** What the request's log line will say. */
    log: Partial<LogEntry>;
  };
}
