/** Which connections a gateway key opens, and which of them a request is for. */
import type { Plan } from "../../adapters/engine/plan.ts";
import type { GatewayKey } from "../../schemas/connection.ts";
import { ProblemException } from "../problem.ts";
import type { Configuration, ConnectionEntry } from "./configuration.ts";

/** In the order of the configuration. */
export function connectionsOf({ connections }: Configuration, key: GatewayKey): ConnectionEntry[] {
  return [...connections.values()].filter(({ id }) => opens(key, id));
}

/** The connection with this id; without an id, the only one that the key opens. Throws `connection_required` or `connection_not_found`. */
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
        ? "The gateway key opens no connection"
        : `Name one in \`Gateway-Connection\`: ${ids.join(", ")}`;
    throw new ProblemException({ code: "connection_required", detail });
  }
  const entry = opens(key, id) ? configuration.connections.get(id) : undefined;
  if (entry === undefined)
    throw new ProblemException({
      code: "connection_not_found",
      detail: "The gateway key opens no connection with this id",
    });
  return entry;
}

/** The connection's plan. Throws `misconfigured` if it has none. */
export function planOf({ id, plan }: ConnectionEntry): Plan {
  if (plan === undefined)
    throw new ProblemException({
      code: "misconfigured",
      detail: `The connection \`${id}\` is disabled: its configuration has faults`,
    });
  return plan;
}

function opens({ connections }: GatewayKey, id: string): boolean {
  return connections.includes("*") || connections.includes(id);
}
