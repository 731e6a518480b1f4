/** The routes of operations: list them, read one, and resolve one that is in review. */
import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { readId } from "../../adapters/engine/decode.ts";
import { accountOfId, readRecord } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import { resolution } from "../../schemas/operation.ts";
import { connectionsOf, planOf, selectConnection } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import {
  connectionOfOperation,
  type CreatedAccount,
  isSameTarget,
  type Operation,
  targetOf,
} from "../ledger/operation.ts";
import { callLedger } from "../ledger/rpc.ts";
import { ProblemException, retryAfterHeader } from "../problem.ts";
import { requireKey } from "./authenticate.ts";
import { renderOperation, summariseOperation } from "./render.ts";
import type { AppEnvironment } from "./request-state.ts";
import { cursorFault, noQuery, operationsQuery, readJson } from "./validate.ts";

export function operationRoutes() {
  return new Hono<AppEnvironment>()
    .get("/v1/operations", requireKey, operationsQuery, async (c) => {
      const { connection, state = null, cursor = null } = c.req.valid("query");
      const { configuration, key, log } = c.var;
      const { id } = selectConnection(configuration, key, connection);
      log.connection = id;
      // A cursor is the id of the last operation on the previous page.
      if (cursor !== null && connectionOfOperation(cursor) !== id)
        throw new ProblemException({ code: "invalid_query", detail: `\`cursor\`: ${cursorFault}` });
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
    .post("/v1/operations/:id/resolve", requireKey, noQuery, async (c) => {
      const body = await readJson(c, resolution, "invalid_resolution");
      const { operation, entry } = await visibleOperation(c, c.req.param("id"));
      const { id } = operation;
      if (!c.var.key.operator) throw new ProblemException({ code: "operator_required", operation: id });
      const created = body.outcome === "created" ? resolvedAccount(planOf(entry), operation, body.vendor_id) : null;
      const decision = { by: c.var.key.name, note: body.reason, created };
      const answer = await callLedger(c.env, entry.id, (ledger) => ledger.resolve({ id, resolution: decision }));
      switch (answer.kind) {
        case "resolved":
          return c.json(
            renderOperation(answer.operation, { url: c.req.url, requestId: c.var.requestId, isOperator: true }),
          );
        case "not_in_review":
          throw new ProblemException({ code: "operation_not_in_review", operation: id });
        case "too_early": {
          const detail = "The create request may still reach the vendor and create the account";
          const headers = retryAfterHeader(answer.leftMs);
          throw new ProblemException({ code: "operation_in_progress", detail, operation: id, headers });
        }
      }
    });
}

/** The operation and its connection. Throws `not_found` if there is no such operation, or the gateway key may not see it. */
async function visibleOperation(
  c: Context<AppEnvironment>,
  id: string,
): Promise<{ operation: Operation; entry: ConnectionEntry }> {
  const { configuration, key, log, progress } = c.var;
  const connection = connectionOfOperation(id);
  const entry = connectionsOf(configuration, key).find((each) => each.id === connection);
  const operation = entry === undefined ? null : await callLedger(c.env, entry.id, (ledger) => ledger.read(id));
  const isVisible = operation !== null && (key.operator || operation.keyName === key.name);
  if (entry === undefined || !isVisible)
    throw new ProblemException({ code: "not_found", detail: "There is no such operation" });
  log.connection = entry.id;
  progress.operation = id;
  return { operation, entry };
}

/** Used if the operation no longer stores the account that was sent. */
const nothingStored = { body: {}, fields: [], warnings: [], sources: {} };

/** The account that an operator confirms: read from the candidate with this id, if there is one. */
function resolvedAccount(plan: Plan, operation: Operation, vendorId: string): CreatedAccount {
  const { vendor, candidates, sendable } = operation;
  // If the connection has a new target, its plan cannot read the records of the old one.
  const isReadable = isSameTarget(targetOf(plan), operation);
  const candidate = isReadable ? candidates.find((each) => readId(plan, each) === vendorId) : undefined;
  const sent = sendable ?? nothingStored;
  const recognised = candidate === undefined ? undefined : readRecord(plan, candidate, sent);
  const { account, fields } = recognised ?? accountOfId(plan, vendorId, sent);
  return { account: { ...account, vendor }, fields };
}
