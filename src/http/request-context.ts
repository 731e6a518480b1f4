import type { Context } from "hono";
import type { AppEnvironment } from "./app-environment.ts";
import { fetchFor, type SendContext } from "../vendor-client/context.ts";
import { childTraceparent } from "../vendor-client/trace-context.ts";

/** What a request brings to a send, but for how long that may take. */
export function sendContextOf({
  env,
  req,
  executionCtx,
}: Pick<Context<AppEnvironment>, "env" | "req" | "executionCtx">): Omit<SendContext, "untilMs"> {
  return {
    fetch: fetchFor(env),
    now: Date.now,
    waitUntil: (promise) => executionCtx.waitUntil(promise),
    traceparent: childTraceparent(req.header("traceparent")),
  };
}
