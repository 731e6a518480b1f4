import type { Plan } from "../../adapters/engine/plan.ts";

/** Where a connection leads. Two that differ are two places to create accounts in. */
export interface Target {
  /** Vendor, origin, tenant and client. */
  target: string;
  /** The path of `base_url`. Apart, since operations that an older version stored do not have it. */
  targetPath?: string | undefined;
}

/** Credentials that are sent as they stand do not tell whose they are, so changing them changes no target. */
export function targetOf({ adapter, connection, headers, auth }: Plan): Target {
  const { origin, pathname } = new URL(connection.base_url);
  const client = auth.kind === "token" ? (auth.request.body["client_id"] ?? null) : null;
  return { target: JSON.stringify([adapter.vendor, origin, headers, client]), targetPath: pathname };
}

export function isSameTarget(one: Target, other: Target): boolean {
  if (one.target !== other.target) return false;
  return one.targetPath === undefined || other.targetPath === undefined || one.targetPath === other.targetPath;
}
