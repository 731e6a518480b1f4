import { createMiddleware } from "hono/factory";
import type { Handling } from "../../adapters/engine/encode.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { AppEnvironment } from "../app-environment.ts";
import { planOf, selectConnection } from "../connection-access.ts";
import { idempotencyKey } from "../idempotency-key.ts";
import { preferredHandling } from "../preferred-handling.ts";
import { ProblemException } from "../problem.ts";

interface AdmittedEnvironment extends AppEnvironment {
  Variables: AppEnvironment["Variables"] & { plan: Plan; isKeyed: boolean; preferred: Handling | undefined };
}

/** Lets a create pass that may go ahead as far as its headers tell: its connection, its key, its preference. */
export const admitCreate = createMiddleware<AdmittedEnvironment>(async (c, next) => {
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
