/** Keyed creates: read, listed, and settled by a person. */
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { resolution } from "../../schemas/operation.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { openConnections, planOf, selectConnection } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { type Operation, connectionOfOperation } from "../ledger/operation.ts";
import { callLedger } from "../ledger/rpc.ts";
import { jsonBody } from "./json-body.ts";
import { noQuery, notCursor, operationsQuery } from "./query.ts";
import { requireKey } from "./authenticate.ts";
import { renderOperation, summariseOperation } from "./operation-response.ts";
import { ProblemException, retryAfter } from "../problem.ts";
import { resolvedAccount } from "./resolved-account.ts";

export function operationRoutes() {
  const resolutionBody = jsonBody(resolution, "invalid_resolution");
  return new Hono<AppEnvironment>()
    .get("/v1/operations", requireKey, operationsQuery, async (c) => {
      const { connection, state = null, cursor = null } = c.req.valid("query");
      const { configuration, key, log } = c.var;
      const { id } = selectConnection(configuration, key, connection);
      log.connection = id;
      // The cursor is the id of the last operation on the page before.
      if (cursor !== null && connectionOfOperation(cursor) !== id)
        throw new ProblemException({ code: "invalid_query", detail: `\`cursor\`: ${notCursor}` });
      const query = { keyName: key.operator ? null : key.name, state, cursor };
      const { operations, nextCursor } = await callLedger(c.env, id, (ledger) => ledger.list(query));
      return c.json({
        operations: operations.map(summariseOperation),
        next_cursor: nextCursor,
      });
    })
    .get("/v1/operations/:id", requireKey, noQuery, async (c) => {
      const { operation } = await visibleOperation(c, c.req.param("id"));
      const { requestId, key } = c.var;
      return c.json(renderOperation(operation, { url: c.req.url, requestId, isOperator: key.operator }));
    })
    .post("/v1/operations/:id/resolve", requireKey, noQuery, ...resolutionBody, async (c) => {
      const { operation, entry } = await visibleOperation(c, c.req.param("id"));
      const { id } = operation;
      if (!c.var.key.operator) throw new ProblemException({ code: "operator_required", operation: id });
      const said = c.req.valid("json");
      const created = said.outcome === "created" ? resolvedAccount(planOf(entry), operation, said.vendor_id) : null;
      const judgement = { by: c.var.key.name, note: said.reason, created };
      const answer = await callLedger(c.env, entry.id, (ledger) => ledger.resolve({ id, resolution: judgement }));
      switch (answer.kind) {
        case "resolved":
          return c.json(
            renderOperation(answer.operation, { url: c.req.url, requestId: c.var.requestId, isOperator: true }),
          );
        case "not_in_review":
          throw new ProblemException({ code: "operation_not_in_review", operation: id });
        case "too_early": {
          const detail = "The account may still reach the vendor: look for it again after the time in Retry-After";
          const headers = retryAfter(answer.leftMs);
          throw new ProblemException({ code: "operation_in_progress", detail, operation: id, headers });
        }
      }
    });
}

/** The operation, if the caller's key may see it; throws `not_found`. */
async function visibleOperation(
  c: Context<AppEnvironment>,
  id: string,
): Promise<{ operation: Operation; entry: ConnectionEntry }> {
  const { configuration, key, log } = c.var;
  const connection = connectionOfOperation(id);
  const entry = openConnections(configuration, key).find((each) => each.id === connection);
  const operation = entry === undefined ? null : await callLedger(c.env, entry.id, (ledger) => ledger.read(id));
  const isVisible = operation !== null && (key.operator || operation.keyName === key.name);
  if (entry === undefined || !isVisible)
    throw new ProblemException({ code: "not_found", detail: "There is no such operation" });
  log.connection = entry.id;
  log.operation = id;
  return { operation, entry };
}
