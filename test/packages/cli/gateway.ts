/** The gateway that the command calls: in workerd, with the demo's connections and the sandbox vendors. */
import { createHash } from "node:crypto";
import { inject } from "vitest";
import * as z from "zod/mini";
import { sandboxHosts } from "../../../sandbox/sandboxes.ts";
import { Gateway } from "../../support/wrangler-gateway.ts";
import { startVendors } from "../../support/sandbox-servers.ts";

/** The gateway key. No output may contain it. */
export const canary = "canary-gateway-key-0123456789";

const connection = z.looseObject({ vendor: z.string(), base_url: z.string() });
/**
 * A long timeout, so that a busy machine causes no unknown outcome. Garmat's timeout is short, because its tests wait
 * for unknown outcomes.
 */
const changes = (vendor: string) => ({ timeout_ms: vendor === "garmat" ? 3_000 : 10_000, settle_window_ms: 1_000 });

/** A misconfigured connection. */
export const faulty = { CONNECTION_FAULTY: { id: "faulty", vendor: "clarus", base_url: "nowhere" } };

/** Starts the gateway. A sandbox vendor fails only if the account's name asks for a fault. */
export async function startGateway(more: Record<string, unknown> = {}) {
  const vendors = await startVendors(() => 1);
  const urls = new Map(sandboxHosts.map((host) => [`https://${host}`, vendors.urlOf(host)]));
  const variables = Object.entries(inject("demoVariables")).map(([name, variable]) => {
    const read = connection.safeParse(variable);
    return [
      name,
      read.success ? { ...read.data, ...changes(read.data.vendor), base_url: urls.get(read.data.base_url) } : variable,
    ];
  });
  const gateway = await Gateway.start({
    ...Object.fromEntries(variables),
    ...more,
    KEY_CANARY: {
      name: "canary",
      sha256: [createHash("sha256").update(canary).digest("hex")],
      connections: ["*"],
      operator: true,
    },
  });
  return {
    url: gateway.url,
    vendors,
    stop: async () => {
      await gateway.stop();
      await vendors.stop();
    },
  };
}
