/** The gateway: what every request passes through, and its routes. */
import { Hono } from "hono/tiny";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { routePath } from "hono/route";
import type { Adapter } from "../adapters/engine/adapter.ts";
import type { AppEnvironment } from "./http/app-environment.ts";
import { configurationReader } from "./connections/configuration.ts";
import { describeError, type LogSink, workersLog, writeLog } from "./log.ts";
import { ProblemException, problemResponse } from "./problem.ts";
import { accountRoutes } from "./http/accounts.ts";
import { connectionRoutes } from "./http/connections.ts";
import { operationRoutes } from "./http/operations.ts";
import { problemRoutes } from "./http/problems.ts";

/** Makes the gateway for the vendors that exist. */
export function createApp(adapters: readonly Adapter[], sink: LogSink = workersLog) {
  const configurationOf = configurationReader(adapters, sink);
  const app = new Hono<AppEnvironment>();

  // A client that hangs up does not end its request: what was begun is finished, and logged.
  app.use((c, next) => {
    const finished = next();
    c.executionCtx.waitUntil(finished);
    return finished;
  });
  app.use(requestId({ headerName: "", generator: (c) => ownOrNewRequestId(c.req.header("X-Request-Id")) }));
  app.use(async (c, next) => {
    // Not `c.var` where every request passes: it is made anew at each reading.
    const request_id = c.get("requestId");
    c.header("X-Request-Id", request_id);
    c.header("X-Content-Type-Options", "nosniff");
    // Accounts hold personal data.
    if (c.req.path.startsWith("/v1/")) c.header("Cache-Control", "no-store");
    const startedMs = Date.now();
    c.set("startedMs", startedMs);
    const log: AppEnvironment["Variables"]["log"] = {};
    c.set("log", log);
    await next();
    const { method } = c.req;
    writeLog(sink, {
      request_id,
      method,
      route: routePath(c, -1),
      status: c.res.status,
      duration_ms: Date.now() - startedMs,
      ...log,
    });
  });
  app.use(async (c, next) => {
    const configuration = configurationOf(c.env);
    c.set("configuration", configuration);
    const { allowedOrigins } = configuration;
    return allowedOrigins.length === 0 ? next() : cors({ ...corsHeaders, origin: [...allowedOrigins] })(c, next);
  });
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.route("/", accountRoutes(adapters));
  app.route("/", connectionRoutes(adapters));
  app.route("/", operationRoutes());
  app.route("/", problemRoutes());

  // What the routes above leave of a path that they know.
  for (const [path, methods] of methodsByPath(app.routes)) {
    const Allow = methods.join(", ");
    app.all(path, (c) => {
      const detail = `${c.req.method} is not one of ${Allow}`;
      return problemResponse(c, { code: "method_not_allowed", detail, headers: { Allow } });
    });
  }
  app.notFound((c) => problemResponse(c, { code: "not_found" }));
  app.onError((error, c) => {
    if (error instanceof ProblemException) {
      if (error.cause !== undefined) c.var.log.error = describeError(error.cause);
      return problemResponse(c, error.details);
    }
    if (c.var.isReadingBody) return problemResponse(c, { code: "invalid_json", detail: "The body breaks off" });
    c.var.log.error = describeError(error);
    const { attempts = 0, operation } = c.var.log;
    // What an earlier request with the same key came to cannot be told either.
    const isUnknown = attempts > 0 || c.var.idempotencyKey !== undefined;
    return problemResponse(c, { code: isUnknown ? "outcome_unknown" : "internal_error", operation });
  });
  return app;
}

function methodsByPath(routes: readonly { path: string; method: string }[]): Map<string, string[]> {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === "GET") known.add("HEAD");
  }
  return new Map([...methods].map(([path, known]) => [path, [...known]]));
}

/** A caller's own id where it is hexadecimal, as a UUID or a trace id is: it stands in the log, where nothing personal may. */
function ownOrNewRequestId(header: string | undefined): string {
  return header !== undefined && /^[0-9a-f-]{16,64}$/i.test(header) ? header : crypto.randomUUID();
}

const corsHeaders = {
  allowMethods: ["GET", "POST"],
  allowHeaders: [
    "Authorization",
    "Content-Type",
    "Gateway-Connection",
    "Idempotency-Key",
    "Prefer",
    "traceparent",
    "X-Request-Id",
  ],
  exposeHeaders: [
    "Idempotent-Replayed",
    "Location",
    "Preference-Applied",
    "Retry-After",
    "Server-Timing",
    "X-Request-Id",
  ],
  maxAge: 86_400,
};
