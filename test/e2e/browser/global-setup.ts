import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startDevServer, stopDevServer } from "../../support/dev-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where `npm run dev` serves the gateway, its pages and the sandbox vendors. */
    gatewayUrl: string;
  }
}

/** Starts one server for all test files: a server takes seconds to start, and two servers would build the same assets. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startDevServer(mkdtempSync(join(tmpdir(), "account-gateway-")));
  provide("gatewayUrl", server.url);
  return () => stopDevServer(server);
}
