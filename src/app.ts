/** The gateway: the middleware for every request, and the routes. */
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import type { Context, Next } from "hono";
import type { RouterRoute } from "hono/types";
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
import { logFieldsOf, newProgress, serverTimingOf } from "./progress.ts";

/** Makes the gateway for these vendors. */
export function createApp(adapters: readonly Adapter[], sink: LogSink = workersLog) {
  const configurationOf = configurationReader(adapters, sink);
  const app = new Hono<AppEnvironment>();

  app.use((c, next) => {
    const answered = answer(c, next);
    // If the client disconnects, the request still runs to its end and is logged.
    c.executionCtx.waitUntil(answered);
    return answered;
  });
  app.use((c, next) => {
    const configuration = configurationOf(c.env);
    c.set("configuration", configuration);
    const { allowedOrigins } = configuration;
    return allowedOrigins.length === 0 ? next() : cors({ ...corsHeaders, origin: [...allowedOrigins] })(c, next);
  });
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.route("/", accountRoutes(adapters));
  app.route("/", connectionRoutes(adapters));
  app.route("/", operationRoutes());
  app.get("/problems/:code", (c) => problemPage(c, c.req.param("code")));
  app.notFound((c) => noRoute(app, c));
  app.onError(errorResponse);
  return app;

  /** The pattern of the request's path. If no route has the request's method, that of a route with another method. */
  function routeOf(c: Context<AppEnvironment>): string {
    const pattern = routePath(c, -1);
    return pattern === "/*" ? (routesAt(app, c.req.path)[0]?.path ?? pattern) : pattern;
  }

  /** Prepares the request, answers it, and logs it. */
  async function answer(c: Context<AppEnvironment>, next: Next): Promise<void> {
    const startedMs = Date.now();
    const request_id = requestIdFrom(c.req.header("X-Request-Id"));
    const progress = newProgress();
    const log: AppEnvironment["Variables"]["log"] = {};
    c.set("requestId", request_id);
    c.set("progress", progress);
    c.set("log", log);
    await next();
    const { status, headers } = c.res;
    const duration_ms = Date.now() - startedMs;
    headers.set("X-Request-Id", request_id);
    headers.set("X-Content-Type-Options", "nosniff");
    // Accounts contain personal data.
    if (c.req.path.startsWith("/v1/")) headers.set("Cache-Control", "no-store");
    if (c.get("isTimed")) headers.set("Server-Timing", serverTimingOf(progress, duration_ms));
    writeLog(sink, {
      request_id,
      method: c.req.method,
      route: routeOf(c),
      status,
      duration_ms,
      ...logFieldsOf(progress),
      ...log,
    });
  }
}

/** The page about a problem code: HTML for people, JSON for programs. Both are static assets. */
async function problemPage(c: Context<AppEnvironment>, name: string): Promise<Response> {
  const code = problemCodes.safeParse(name);
  const { ASSETS: assets } = c.env;
  if (!code.success || assets === undefined)
    throw new ProblemException({ code: "not_found", detail: "There is no page for this problem code" });
  c.header("Vary", "Accept");
  const path = prefersHtml(c.req.header("Accept") ?? "") ? `/problems/${code.data}` : `/problems/${code.data}.json`;
  const page = await assets.fetch(new Request(new URL(path, c.req.url), c.req.raw));
  if (page.status >= 400) throw new Error(`The assets have no ${path}`);
  return c.newResponse(page.body, page);
}

/** Whether the header `Accept` gives HTML a greater weight than JSON (RFC 9110 §12.5.1). */
function prefersHtml(accept: string): boolean {
  const weightOf = (type: string) => {
    const range = accept.split(",").find((each) => each.trim().startsWith(type));
    return range === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
  };
  return weightOf("text/html") > weightOf("application/json");
}

/** The routes of a path, for every method. */
function routesAt(app: Hono<AppEnvironment>, path: string): RouterRoute[] {
  const methods = new Set(app.routes.map(({ method }) => method));
  return [...methods].flatMap((method) => {
    const [matches] = app.router.match(method, path);
    return matches.map(([[, route]]) => route).filter((route) => route.method === method && method !== "ALL");
  });
}

/** Answers a request that no route handles: 405 if the path has routes for other methods, otherwise 404. */
function noRoute(app: Hono<AppEnvironment>, c: Context<AppEnvironment>): Response {
  // hono's own middleware for this does not handle a slash at the path's end, and brings a second router.
  const methods = routesAt(app, c.req.path).flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : method));
  if (methods.length === 0) return problemResponse(c, { code: "not_found" });
  const allowed = [...new Set(methods)];
  const detail = `Method ${c.req.method} is not allowed; use ${allowed.join(" or ")}`;
  return problemResponse(c, { code: "method_not_allowed", detail, headers: { Allow: allowed.join(", ") } });
}

/** The answer to a request whose handler threw. */
function errorResponse(error: unknown, c: Context<AppEnvironment>): Response {
  const { log, progress, idempotencyKey } = c.var;
  if (error instanceof ProblemException) {
    if (error.cause !== undefined) log.error = describeError(error.cause);
    return problemResponse(c, error.details);
  }
  log.error = describeError(error);
  const { sends, operation } = progress;
  // With an Idempotency-Key, an earlier request may have sent the account.
  const isUnknown = sends > 0 || idempotencyKey !== undefined;
  return problemResponse(c, { code: isUnknown ? "outcome_unknown" : "internal_error", operation });
}

/**
 * The caller's `X-Request-Id` if it is hexadecimal like a UUID or a trace id, otherwise a new one. Other text could be
 * personal data, which the log must not contain.
 */
function requestIdFrom(header: string | undefined): string {
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
