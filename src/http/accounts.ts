/** `POST /v1/accounts` and its dry run. */
import { Hono } from "hono/tiny";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { connectionsOf, planOf, selectConnection } from "../connections/access.ts";
import { createAccount } from "../create/create.ts";
import { createKeyedAccount } from "../create/create-keyed.ts";
import { previewAccount, previewPage } from "../create/preview.ts";
import { type ProblemDetails, toProblem } from "../problem.ts";
import { childTraceparent } from "../vendor-client/context.ts";
import { requireKey } from "./authenticate.ts";
import { readCreateHeaders, readIdempotencyKey, readPreferences } from "./create-headers.ts";
import { createResponse } from "./render.ts";
import { type AppEnvironment, vendorContextOf, serverTiming } from "./request-state.ts";
import { includeQuery, jsonBody, previewQuery } from "./validate.ts";

export function accountRoutes(adapters: readonly Adapter[]) {
  const accountBody = jsonBody(accountRequestSchema(adapters), "invalid_account");
  return new Hono<AppEnvironment>()
    .post("/v1/accounts", serverTiming, requireKey, readCreateHeaders, includeQuery, ...accountBody, async (c) => {
      const { entry, key, idempotencyKey, preferences } = c.var;
      const { handling, respondAsync: isAsync } = preferences;
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
      const account = c.req.valid("json");
      const { include } = c.req.valid("query");
      const context = vendorContextOf(c);
      if (idempotencyKey === undefined) {
        const plan = planOf(entry);
        const create = { plan, account, handling: handling ?? plan.connection.handling };
        return createResponse(c, await createAccount(create, context), include);
      }
      const create = { entry, keyName: key.name, idempotencyKey, account, handling, isAsync };
      const result = await createKeyedAccount(create, { ...context, environment: c.env });
      return createResponse(c, result, include);
    })
    .post("/v1/accounts/preview", requireKey, previewQuery, ...accountBody, (c) => {
      const { configuration, key, requestId } = c.var;
      const id = c.req.header("Gateway-Connection");
      const entries = id ? [selectConnection(configuration, key, id)] : connectionsOf(configuration, key);
      const { handling } = readPreferences(c.req.header("Prefer"));
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
      const context = {
        handling,
        isKeyed: readIdempotencyKey(c.req.header("Idempotency-Key")) !== undefined,
        traceparent: childTraceparent(c.req.header("traceparent")),
        toProblem: (details: ProblemDetails) => toProblem(details, { url: c.req.url, requestId }),
      };
      const account = c.req.valid("json");
      const page = previewPage(entries, c.req.valid("query").cursor, (entry) =>
        previewAccount(entry, account, context),
      );
      return c.body(page, 200, { "Content-Type": "application/json" });
    });
}
