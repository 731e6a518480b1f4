import { createMiddleware } from "hono/factory";
import type { AppEnvironment } from "./app-environment.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { planOf, selectConnection } from "../connections/access.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { type Preferences, readPreferences } from "./preferences.ts";
import { ProblemException } from "../problem.ts";

interface AdmittedEnvironment extends AppEnvironment {
  Variables: AppEnvironment["Variables"] & {
    entry: ConnectionEntry;
    preferences: Preferences;
  };
}

/** Lets a create pass that may go ahead as far as its headers tell: its connection, its key, its preferences. */
export const readCreateHeaders = createMiddleware<AdmittedEnvironment>(async (c, next) => {
  const entry = selectConnection(c.get("configuration"), c.get("key"), c.req.header("Gateway-Connection"));
  const log = c.get("log");
  log.connection = entry.id;
  if (entry.vendor !== undefined && entry.plan !== undefined) log.vendor = entry.vendor;
  const given = idempotencyKey(c.req.header("Idempotency-Key"));
  c.set("entry", entry);
  c.set("idempotencyKey", given);
  const preferences = readPreferences(c.req.header("Prefer"));
  c.set("preferences", preferences);
  const refuse = (detail: string) => new ProblemException({ code: "idempotency_key_required", detail });
  if (given === undefined) {
    // With a key, what the ledger holds comes before today's configuration.
    if (planOf(entry).connection.require_key)
      throw refuse(`The connection \`${entry.id}\` creates accounts only with an Idempotency-Key`);
    if (preferences.respondAsync) throw refuse("`Prefer: respond-async` needs an Idempotency-Key");
  }
  return next();
});
