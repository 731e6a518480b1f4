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
import { authenticate, requireKey } from "./authenticate.ts";
import { readCreateHeaders, readIdempotencyKey, readPreferences } from "./create-headers.ts";
import { createResponse } from "./render.ts";
import { type AppEnvironment, vendorContextOf } from "./request-state.ts";
import { previewQuery, readInclude, readJson } from "./validate.ts";

export function accountRoutes(adapters: readonly Adapter[]) {
  const accountSchema = accountRequestSchema(adapters);
  return new Hono<AppEnvironment>()
    .post("/v1/accounts", async (c) => {
      c.set("isTimed", true);
      const key = authenticate(c);
      const { entry, idempotencyKey, preferences } = readCreateHeaders(c, key);
      const include = readInclude(c);
      const account = await readJson(c, accountSchema, "invalid_account");
      const { handling, respondAsync: isAsync } = preferences;
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
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
    .post("/v1/accounts/preview", requireKey, previewQuery, async (c) => {
      const account = await readJson(c, accountSchema, "invalid_account");
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
      const page = previewPage(entries, c.req.valid("query").cursor, (entry) =>
        previewAccount(entry, account, context),
      );
      return c.body(page, 200, { "Content-Type": "application/json" });
    });
}
