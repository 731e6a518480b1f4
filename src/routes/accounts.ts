/** `POST /v1/accounts` and its dry run. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono/tiny";
import { accountRequestSchema } from "../../adapters/engine/account-schema.ts";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { admitCreate } from "../middleware/admit-create.ts";
import type { AppEnvironment } from "../app-environment.ts";
import { requireKey } from "../middleware/require-key.ts";
import { openConnections, selectConnection } from "../connection-access.ts";
import { createAccount } from "../create-account.ts";
import { issueErrors } from "../issue-errors.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { preferredHandling } from "../preferred-handling.ts";
import { previewAccount } from "../preview-account.ts";
import { type ProblemDetails, ProblemException, toProblem } from "../problem.ts";
import { includeQuery, noQuery } from "../middleware/query.ts";
import { serverTiming } from "../middleware/server-timing.ts";
import { fetchFor } from "../vendor/send-context.ts";
import { childTraceparent } from "../vendor/trace-context.ts";

export function accountRoutes(adapters: readonly Adapter[]) {
  const accountBody = zValidator("json", accountRequestSchema(adapters), (result) => {
    if (!result.success)
      throw new ProblemException({ code: "invalid_account", errors: issueErrors(result.error.issues) });
  });
  return new Hono<AppEnvironment>()
    .post("/v1/accounts", serverTiming, requireKey, admitCreate, includeQuery, ...jsonBody, accountBody, async (c) => {
      const { plan, isKeyed, preferred, log } = c.var;
      if (isKeyed) throw new ProblemException({ code: "ledger_unavailable", detail: noLedger });
      if (preferred !== undefined) c.header("Preference-Applied", `handling=${preferred}`);
      const { include } = c.req.valid("query");
      const handling = preferred ?? plan.connection.handling;
      const context = {
        fetch: fetchFor(c.env),
        now: Date.now,
        waitUntil: (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise),
        traceparent: childTraceparent(c.req.header("traceparent")),
      };
      return c.json(await createAccount({ plan, account: c.req.valid("json"), handling, include }, context, log), 201);
    })
    .post("/v1/accounts/preview", requireKey, noQuery, ...jsonBody, accountBody, (c) => {
      const { configuration, key, requestId } = c.var;
      const id = c.req.header("Gateway-Connection");
      const entries = id ? [selectConnection(configuration, key, id)] : openConnections(configuration, key);
      const handling = preferredHandling(c.req.header("Prefer"));
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
      const context = {
        handling,
        traceparent: childTraceparent(c.req.header("traceparent")),
        toProblem: (details: ProblemDetails) => toProblem(details, { url: c.req.url, requestId }),
      };
      return c.json({ previews: entries.map((entry) => previewAccount(entry, c.req.valid("json"), context)) });
    });
}

const noLedger = "This gateway keeps no ledger yet, so it cannot promise what an Idempotency-Key asks for";
