/** The connections that a gateway key can use: what they can create, and whether they work. */
import { Hono } from "hono/tiny";
import type { Adapter } from "../../adapters/engine/adapter.ts";
import { capabilities } from "../../adapters/engine/capabilities.ts";
import { publishedGuarantee } from "../../adapters/engine/guarantee.ts";
import { connectionSchema } from "../../adapters/engine/connection-schema.ts";
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import { connectionsOf, planOf, selectConnection } from "../connections/access.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { checkConnection } from "../create/check.ts";
import { ProblemException } from "../problem.ts";
import { requireKey } from "./authenticate.ts";
import { type AppEnvironment, vendorContextOf } from "./request-state.ts";
import { noQuery } from "./validate.ts";

export function connectionRoutes(adapters: readonly Adapter[]) {
  return new Hono<AppEnvironment>()
    .get("/v1/connections", requireKey, noQuery, (c) =>
      c.json({ connections: connectionsOf(c.var.configuration, c.var.key).map(describe) }),
    )
    .get("/v1/connections/:id/schema", requireKey, noQuery, (c) => {
      const plan = planOf(selectConnection(c.var.configuration, c.var.key, c.req.param("id")));
      return c.body(JSON.stringify(connectionSchema(plan, adapters)), 200, {
        "Content-Type": "application/schema+json",
      });
    })
    .post("/v1/connections/:id/check", requireKey, noQuery, async (c) => {
      const { configuration, key, log } = c.var;
      const entry = selectConnection(configuration, key, c.req.param("id"));
      if (!key.operator)
        throw new ProblemException({
          code: "operator_required",
          detail:
            "Only an operator can check a connection, because the check may invalidate a vendor token that is in use",
        });
      const plan = planOf(entry);
      log.connection = plan.connection.id;
      log.vendor = plan.adapter.vendor;
      const check = await checkConnection(plan, vendorContextOf(c));
      const { reachable, authorized, lookup } = check;
      Object.assign(log, { reachable, authorized, lookup });
      return c.json(check);
    });
}

function describe({ id, vendor, plan }: ConnectionEntry): ConnectionDescription {
  if (plan === undefined) {
    return {
      id,
      vendor: vendor ?? null,
      status: "misconfigured",
      handling: null,
      require_key: null,
      guarantee: null,
      fields: {},
    };
  }
  const { handling, require_key } = plan.connection;
  return {
    id,
    vendor: plan.adapter.vendor,
    status: "ready",
    handling,
    require_key,
    guarantee: publishedGuarantee(plan),
    fields: capabilities(plan),
  };
}
