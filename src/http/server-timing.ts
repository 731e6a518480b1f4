import { createMiddleware } from "hono/factory";
import type { AppEnvironment } from "./app-environment.ts";

/** Says where a create's time went, in milliseconds: https://www.w3.org/TR/server-timing/ */
export const serverTiming = createMiddleware<AppEnvironment>(async (c, next) => {
  await next();
  const { token_ms = 0, vendor_ms = 0, ledger_ms = 0 } = c.get("log");
  const vendor = token_ms + vendor_ms;
  const gateway = Date.now() - c.get("startedMs") - vendor - ledger_ms;
  // Not `c.header`, which would make the response anew.
  c.res.headers.set("Server-Timing", `gateway;dur=${gateway}, vendor;dur=${vendor}, ledger;dur=${ledger_ms}`);
});
