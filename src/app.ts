/** The gateway: the middleware for every request, and the routes. */
import { accepts } from "hono/accepts";
import { cors } from "hono/cors";
import { requestId } from "hono/request-id";
import { routePath } from "hono/route";
import { Hono } from "hono/tiny";
import type { Adapter } from "../adapters/engine/adapter.ts";
import { problemCodes } from "../schemas/problem.ts";
import { configurationReader } from "./connections/configuration.ts";
import { accountRoutes } from "./http/accounts.ts";
import { connectionRoutes } from "./http/connections.ts";
import { operationRoutes } from "./http/operations.ts";
import { problemResponse } from "./http/render.ts";
import type { AppEnvironment } from "./http/request-state.ts";
import { describeError, type LogSink, workersLog, writeLog } from "./log.ts";
import { ProblemException } from "./problem.ts";
import { logFieldsOf, newProgress } from "./progress.ts";

/** Makes the gateway for these vendors. */
export function createApp(adapters: readonly Adapter[], sink: LogSink = workersLog) {
  const configurationOf = configurationReader(adapters, sink);
  const app = new Hono<AppEnvironment>();

  // When a client hangs up, its request still runs to the end and is logged.
  app.use((c, next) => {
    const finished = next();
    c.executionCtx.waitUntil(finished);
    return finished;
  });
  app.use(requestId({ headerName: "", generator: (c) => ownOrNewRequestId(c.req.header("X-Request-Id")) }));
  app.use(async (c, next) => {
    // Not `c.var`, which makes a new object at each use: this runs for every request.
    const request_id = c.get("requestId");
    c.header("X-Request-Id", request_id);
    c.header("X-Content-Type-Options", "nosniff");
    // Accounts contain personal data.
    if (c.req.path.startsWith("/v1/")) c.header("Cache-Control", "no-store");
    const startedMs = Date.now();
    c.set("startedMs", startedMs);
    const progress = newProgress();
    c.set("progress", progress);
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
      ...logFieldsOf(progress),
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
  // What each problem means: a page for people, and JSON for programs. Both are static assets.
  app.get("/problems/:code", async (c) => {
    const code = problemCodes.safeParse(c.req.param("code"));
    const { ASSETS: assets } = c.env;
    if (!code.success || assets === undefined)
      throw new ProblemException({ code: "not_found", detail: "There is no page for this problem code" });
    const type = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    c.header("Vary", "Accept");
    const path = type === "text/html" ? `/problems/${code.data}` : `/problems/${code.data}.json`;
    const page = await assets.fetch(new Request(new URL(path, c.req.url), c.req.raw));
    if (page.status >= 400) throw new Error(`${path} is not among the assets`);
    return c.newResponse(page.body, page);
  });

  // The other methods of each path. hono's own middleware for this does not know paths with a slash at the end.
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  for (const [path, handlers] of Map.groupBy(routes, (route) => route.path)) {
    const methods = [...new Set(handlers.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : method)))];
    app.all(path, (c) => {
      const detail = `Method ${c.req.method} is not allowed; use ${methods.join(" or ")}`;
      return problemResponse(c, { code: "method_not_allowed", detail, headers: { Allow: methods.join(", ") } });
    });
  }
  app.notFound((c) => problemResponse(c, { code: "not_found" }));
  app.onError((error, c) => {
    const { log, progress, idempotencyKey, isReadingBody } = c.var;
    if (error instanceof ProblemException) {
      if (error.cause !== undefined) log.error = describeError(error.cause);
      return problemResponse(c, error.details);
    }
    if (isReadingBody) return problemResponse(c, { code: "invalid_json", detail: "The body is incomplete" });
    log.error = describeError(error);
    const { sends, operation } = progress;
    // With a key, an earlier request may have sent the account.
    const isUnknown = sends > 0 || idempotencyKey !== undefined;
    return problemResponse(c, { code: isUnknown ? "outcome_unknown" : "internal_error", operation });
  });
  return app;
}

/** The caller's id if it is hexadecimal, like a UUID or a trace id. The log contains the id, but must contain no personal data. */
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
