/** The values that the handlers of a request share. */
import type { Context } from "hono";
import type { GatewayKey } from "../../schemas/connection.ts";
import type { Configuration } from "../connections/configuration.ts";
import type { Environment } from "../environment.ts";
import type { LogEntry } from "../log.ts";
import type { Progress } from "../progress.ts";
import { childTraceparent, fetchFor, type VendorContext } from "../vendor-client/context.ts";

/** The types of Hono's context. */
export interface AppEnvironment {
  Bindings: Environment;
  Variables: {
    requestId: string;
    configuration: Configuration;
    /** The gateway key, on routes that require one. */
    key: GatewayKey;
    /** The create's Idempotency-Key, if it has one. */
    idempotencyKey: string | undefined;
    progress: Progress;
    /** Set if the answer shows in `Server-Timing` how long each part of the request took. */
    isTimed?: true;
    /** More fields of the request's log line. Only the log reads them. */
    log: Partial<LogEntry>;
  };
}

/** The request's context for calls to a vendor. The caller adds the deadline. */
export function vendorContextOf(c: Context<AppEnvironment>): Omit<VendorContext, "deadlineMs"> {
  return {
    fetch: fetchFor(c.env),
    now: Date.now,
    waitUntil: (promise) => c.executionCtx.waitUntil(promise),
    traceparent: childTraceparent(c.req.header("traceparent")),
    progress: c.get("progress"),
  };
}
