/** The values that the handlers of a request share. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { GatewayKey } from "../../schemas/connection.ts";
import type { Configuration } from "../connections/configuration.ts";
import type { Environment } from "../environment.ts";
import type { LogEntry } from "../log.ts";
import { type Progress, serverTimingOf } from "../progress.ts";
import { childTraceparent, fetchFor, type VendorContext } from "../vendor-client/context.ts";

/** The types of Hono's context. */
export interface AppEnvironment {
  Bindings: Environment;
  Variables: {
    requestId: string;
    /** When the request began, in milliseconds since the epoch. */
    startedMs: number;
    configuration: Configuration;
    /** The gateway key, on routes that require one. */
    key: GatewayKey;
    /** The create's Idempotency-Key, if it has one. */
    idempotencyKey: string | undefined;
    progress: Progress;
    /** More fields of the request's log line. Only the log reads them. */
    log: Partial<LogEntry>;
  };
}

/** The request's context for calls to a vendor. The caller adds the deadline. */
export function vendorContextOf({
  env,
  req,
  executionCtx,
  var: { progress },
}: Pick<Context<AppEnvironment>, "env" | "req" | "executionCtx" | "var">): Omit<VendorContext, "deadlineMs"> {
  return {
    fetch: fetchFor(env),
    now: Date.now,
    waitUntil: (promise) => executionCtx.waitUntil(promise),
    traceparent: childTraceparent(req.header("traceparent")),
    progress,
  };
}

/** Shows in `Server-Timing` how long each part of a create took. */
export const serverTiming = createMiddleware<AppEnvironment>(async (c, next) => {
  await next();
  // `c.header` would make a new response, so set the header of this one.
  c.res.headers.set("Server-Timing", serverTimingOf(c.get("progress"), Date.now() - c.get("startedMs")));
});
