/** What a request carries from one handler to the next. */
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
    /** True while the caller's body is read: a failure is then one of the caller's connection. */
    isReadingBody: boolean;
    /** In milliseconds since the epoch. */
    startedMs: number;
    configuration: Configuration;
    /** The gateway key, on routes that require one. */
    key: GatewayKey;
    /** The create's key, if it has one. */
    idempotencyKey: string | undefined;
    progress: Progress;
    /** More fields of the request's log line. No code reads them. */
    log: Partial<LogEntry>;
  };
}

/** What a request needs to call a vendor, except for the deadline. */
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
  // Not with `c.header`, which would make a new response.
  c.res.headers.set("Server-Timing", serverTimingOf(c.get("progress"), Date.now() - c.get("startedMs")));
});
