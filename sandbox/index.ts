/** All sandbox vendors in one Worker. The request's host picks the vendor. */
import { DurableStore } from "./durable-store.ts";
import { ConnectionReset, faultNames } from "./faults.ts";
import { createSandboxes, sandboxHosts } from "./sandboxes.ts";

export { DurableStore };

interface SandboxEnvironment {
  STORES: DurableObjectNamespace<DurableStore>;
  READ_LAG_MS: number;
}

const about = {
  name: "account-gateway-sandbox",
  description: "Simulated vendors for development, one at each host. They hold no real data.",
  hosts: sandboxHosts,
  faults: faultNames.map((name) => `fault:${name}`),
};

/**
 * Makes a response whose body is already read. The dev server cannot send such a response, so the caller gets none. If the
 * Worker threw an error instead, the caller would get a 500.
 */
async function brokenResponse(): Promise<Response> {
  const response = new Response("");
  await response.text();
  return response;
}

export default {
  async fetch(request, { STORES, READ_LAG_MS }) {
    const sandboxes = createSandboxes({ storeOf: (host) => STORES.getByName(host), readLagMs: READ_LAG_MS });
    const app = sandboxes.get(new URL(request.url).hostname);
    if (!app) return Response.json(about, { status: 404 });
    try {
      return await app.fetch(request);
    } catch (error) {
      if (error instanceof ConnectionReset) return brokenResponse();
      throw error;
    }
  },
} satisfies ExportedHandler<SandboxEnvironment>;
