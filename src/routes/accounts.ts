/** `POST /v1/accounts` and its dry run. */
import { zValidator } from "@hono/zod-validator";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Hono } from "hono/tiny";
import { accountRequestSchema } from "../../adapters/engine/account-schema.ts";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import type { Preview } from "../../schemas/preview.ts";
import { renderAccount } from "../account-response.ts";
import type { AppEnvironment } from "../app-environment.ts";
import { requireKey } from "../authenticate.ts";
import type { ConnectionEntry } from "../configuration.ts";
import { openConnections, planOf, selectConnection } from "../connection-access.ts";
import { encodingProblem } from "../encoding-problem.ts";
import { includeQuery, noQuery } from "../include-query.ts";
import { issueErrors } from "../issue-errors.ts";
import { jsonBody } from "../json-body.ts";
import { describeError, type LogEntry } from "../log.ts";
import { outcomeProblem } from "../outcome-problem.ts";
import { idempotencyKey, preferredHandling } from "../preferences.ts";
import { type ProblemDetails, ProblemException, toProblem } from "../problem.ts";
import { fetchFor } from "../vendor/network.ts";
import { previewRequest, send, type Sent } from "../vendor/send.ts";
import { childTraceparent } from "../vendor/trace-context.ts";

/** A create that may go ahead as far as its headers tell. */
interface CreateEnvironment extends AppEnvironment {
  Variables: AppEnvironment["Variables"] & { plan: Plan; isKeyed: boolean; preferred: Handling | undefined };
}

export function accountRoutes(adapters: readonly Adapter[]) {
  const accountBody = zValidator("json", accountRequestSchema(adapters), (result) => {
    if (!result.success)
      throw new ProblemException({ code: "invalid_account", errors: issueErrors(result.error.issues) });
  });
  return new Hono<AppEnvironment>()
    .post("/v1/accounts", serverTiming, requireKey, admit, includeQuery, ...jsonBody, accountBody, async (c) => {
      const { plan, isKeyed, preferred, log } = c.var;
      if (isKeyed) throw new ProblemException({ code: "ledger_unavailable", detail: noLedger });
      if (preferred !== undefined) c.header("Preference-Applied", `handling=${preferred}`);
      const encoded = encode(plan, c.req.valid("json"), preferred ?? plan.connection.handling);
      const fault = encodingProblem(encoded);
      if (fault !== undefined) throw new ProblemException(fault);

      const sent = await send(plan, encoded, networkOf(c));
      describeSent(log, sent);
      const { outcome } = sent;
      if (outcome.kind !== "created") throw new ProblemException(outcomeProblem(plan, outcome));
      return c.json(renderAccount(outcome, c.req.valid("query").include), 201);
    })
    .post("/v1/accounts/preview", requireKey, noQuery, ...jsonBody, accountBody, (c) => {
      const { configuration, key } = c.var;
      const id = c.req.header("Gateway-Connection");
      const entries = id ? [selectConnection(configuration, key, id)] : openConnections(configuration, key);
      const handling = preferredHandling(c.req.header("Prefer"));
      if (handling !== undefined) c.header("Preference-Applied", `handling=${handling}`);
      return c.json({ previews: entries.map((entry) => preview(c, entry, c.req.valid("json"), handling)) });
    });
}

const noLedger = "This gateway keeps no ledger yet, so it cannot promise what an Idempotency-Key asks for";

const admit = createMiddleware<CreateEnvironment>(async (c, next) => {
  const { configuration, key, log } = c.var;
  const entry = selectConnection(configuration, key, c.req.header("Gateway-Connection"));
  log.connection = entry.id;
  const plan = planOf(entry);
  log.vendor = plan.adapter.vendor;
  const isKeyed = idempotencyKey(c.req.header("Idempotency-Key")) !== undefined;
  if (!isKeyed && plan.connection.require_key) {
    throw new ProblemException({
      code: "idempotency_key_required",
      detail: `The connection \`${entry.id}\` creates accounts only with an Idempotency-Key`,
    });
  }
  c.set("plan", plan);
  c.set("isKeyed", isKeyed);
  c.set("preferred", preferredHandling(c.req.header("Prefer")));
  return next();
});

function networkOf(c: Context<CreateEnvironment>) {
  return {
    fetch: fetchFor(c.env),
    now: Date.now,
    waitUntil: (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise),
    traceparent: childTraceparent(c.req.header("traceparent")),
  };
}

/** What the log tells of a send. */
function describeSent(log: Partial<LogEntry>, { outcome, attempts, tokenMs, vendorMs, fault }: Sent): void {
  Object.assign(log, { outcome: outcome.kind, attempts, token_ms: tokenMs, vendor_ms: vendorMs });
  if (fault !== undefined) log.error = describeError(fault);
  if (outcome.status !== undefined) log.vendor_status = outcome.status;
}

/** Where a create's time went, in milliseconds: https://www.w3.org/TR/server-timing/ */
const serverTiming = createMiddleware<AppEnvironment>(async (c, next) => {
  await next();
  const { token_ms = 0, vendor_ms = 0 } = c.var.log;
  const vendor = token_ms + vendor_ms;
  c.header("Server-Timing", `gateway;dur=${Date.now() - c.var.startedMs - vendor}, vendor;dur=${vendor}`);
});

function preview(
  c: Context<AppEnvironment>,
  entry: ConnectionEntry,
  account: AccountRequest,
  preferred: Handling | undefined,
): Preview {
  const show = (details: ProblemDetails) => toProblem(details, { url: c.req.url, requestId: c.var.requestId });
  const { id, vendor, plan } = entry;
  if (plan === undefined)
    return {
      connection: id,
      vendor: vendor ?? null,
      request: null,
      fields: [],
      problems: [show({ code: "misconfigured" })],
    };
  const encoded = encode(plan, account, preferred ?? plan.connection.handling);
  const fault = encodingProblem(encoded);
  return {
    connection: id,
    vendor: plan.adapter.vendor,
    request: previewRequest(plan, encoded, childTraceparent(c.req.header("traceparent"))),
    fields: encoded.fields,
    problems: fault === undefined ? [] : [show(fault)],
  };
}
