import type { TestProject } from "vitest/node";
import { unstable_readConfig } from "wrangler";

declare module "vitest" {
  interface ProvidedContext {
    /** The variables of the configuration that `npm run dev` uses. */
    demoVariables: Record<string, unknown>;
  }
}

/** Read once: loading wrangler takes longer than most of the tests that need what it reads. */
export default function setup({ provide }: TestProject): void {
  provide("demoVariables", unstable_readConfig({ config: "sandbox/gateway.toml" }).vars);
}
