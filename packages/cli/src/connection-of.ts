import type { AccountGateway, ConnectionDescription } from "../../client/src/index.ts";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";

/** What the gateway tells of a connection that is ready; fails with what to do where there is none. */
export async function connectionOf(gateway: AccountGateway, id: string): Promise<ConnectionDescription> {
  const connections = await gateway.connections.list();
  const found = connections.find((each) => each.id === id);
  if (found?.status === "misconfigured")
    throw new Failure(
      exitCodes.refused,
      `The connection "${id}" is misconfigured: ask whoever runs the gateway to run \`npm run check\` and correct what it names.`,
    );
  if (found !== undefined) return found;
  const open = connections.map((each) => each.id).join(", ") || "none";
  throw new Failure(
    exitCodes.usage,
    `Your gateway key opens no connection "${id}"; it opens ${open}. Name one of those.`,
  );
}
