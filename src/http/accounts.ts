/** `POST /v1/accounts` and its dry run. */
import { Hono } from "hono/tiny";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { readCreateHeaders } from "./create-headers.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { requireKey } from "./authenticate.ts";
import { openConnections, planOf, selectConnection } from "../connections/access.ts";
import { createAccount } from "../create/create.ts";
import { createKeyedAccount } from "../create/create-keyed.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { jsonBody } from "./json-body.ts";
import { readPreferences } from "./preferences.ts";
import { previewAccount, previewPage } from "../create/preview.ts";
import { type ProblemDetails, ProblemException, toProblem } from "../problem.ts";
import { includeQuery, previewQuery } from "./query.ts";
import { sendContextOf } from "./request-context.ts";
import { renderAccount } from "./account-response.ts";
import { operationProblem } from "./operation-problem.ts";
import { renderOperation } from "./operation-response.ts";
import { serverTiming } from "./server-timing.ts";
import { childTraceparent } from "../vendor-client/trace-context.ts";

export function accountRoutes(adapters: readonly Adapter[]) {
  const accountBody = jsonBody(accountRequestSchema(adapters), "invalid_account");
  return new Hono<AppEnvironment>()
    .post("/v1/accounts", serverTiming, requireKey, readCreateHeaders, includeQuery, ...accountBody, async (c) => {
      const { entry, key, idempotencyKey: given, preferences, requestId, log } = c.var;
      if (preferences.handling !== undefined) c.header("Preference-Applied", `handling=${preferences.handling}`);
      const { include } = c.req.valid("query");
      const account = c.req.valid("json");
      const context = sendContextOf(c);
      if (given === undefined) {
        const plan = planOf(entry);
        const handling = preferences.handling ?? plan.connection.handling;
        return c.json(await createAccount({ plan, account, handling, include }, context, log), 201);
      }

      const { handling, respondAsync: isAsync } = preferences;
      const create = { entry, keyName: key.name, idempotencyKey: given, account, handling, isAsync };
      const answered = await createKeyedAccount(create, { ...context, environment: c.env, log });
      const { operation, isReplay, retryAfterMs, vendorResponse } = answered;
      if (isReplay) {
        c.header("Idempotent-Replayed", "true");
        // What is replayed was decided before.
        c.header("Preference-Applied", undefined);
        log.replayed = true;
      }
      if (operation.created !== null)
        return c.json(renderAccount(operation.created, { include, operation: operation.id, vendorResponse }), 201);
      if (operation.state === "queued" && isAsync) {
        c.header("Location", `/v1/operations/${operation.id}`);
        c.header("Preference-Applied", "respond-async", { append: handling !== undefined });
        return c.json(renderOperation(operation, { url: c.req.url, requestId, isOperator: key.operator }), 202);
      }
      throw new ProblemException(operationProblem(operation, { nowMs: Date.now(), retryAfterMs }));
    })
    .post("/v1/accounts/preview", requireKey, previewQuery, ...accountBody, (c) => {
      const { configuration, key, requestId } = c.var;
      const id = c.req.header("Gateway-Connection");
      const entries = id ? [selectConnection(configuration, key, id)] : openConnections(configuration, key);
      const { handling } = readPreferences(c.req.header("Prefer"));
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
      const context = {
        handling,
        isKeyed: idempotencyKey(c.req.header("Idempotency-Key")) !== undefined,
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
