/** The connections that a gateway key can use, and the one that a request names. */
import type { Plan } from "../../adapters/engine/plan.ts";
import type { GatewayKey } from "../../schemas/connection.ts";
import { ProblemException } from "../problem.ts";
import type { Configuration, ConnectionEntry } from "./configuration.ts";

/** The connections that the key can use, in the order of the configuration. */
export function connectionsOf({ connections }: Configuration, key: GatewayKey): ConnectionEntry[] {
  return [...connections.values()].filter(({ id }) => canUse(key, id));
}

/**
 * The connection with this id, if the key can use it. Without an id, the only connection that the key can use. Throws
 * `connection_not_found` or `connection_required`.
 */
export function selectConnection(
  configuration: Configuration,
  key: GatewayKey,
  id: string | undefined,
): ConnectionEntry {
  if (id === undefined || id === "") {
    const [only, ...others] = connectionsOf(configuration, key);
    if (only !== undefined && others.length === 0) return only;
    const ids = [only, ...others].flatMap((entry) => entry?.id ?? []);
    const detail =
      ids.length === 0
        ? "The gateway key cannot use any connection"
        : `Name a connection in \`Gateway-Connection\`: ${ids.join(", ")}`;
    throw new ProblemException({ code: "connection_required", detail });
  }
  const entry = canUse(key, id) ? configuration.connections.get(id) : undefined;
  if (entry === undefined)
    throw new ProblemException({
      code: "connection_not_found",
      detail: "The gateway key cannot use a connection with this id",
    });
  return entry;
}

/** The connection's plan. Throws `misconfigured` if configuration faults disable the connection. */
export function planOf({ id, plan }: ConnectionEntry): Plan {
  if (plan === undefined)
    throw new ProblemException({
      code: "misconfigured",
      detail: `The connection \`${id}\` is disabled: its configuration has faults`,
    });
  return plan;
}

function canUse({ connections }: GatewayKey, id: string): boolean {
  return connections.includes("*") || connections.includes(id);
}
