import type { TestProject } from "vitest/node";
import { unstable_readConfig } from "wrangler";

declare module "vitest" {
  interface ProvidedContext {
    /** The variables of the configuration that `npm run dev` uses. */
    demoVariables: Record<string, unknown>;
  }
}

/** Reads the configuration once, because loading wrangler takes longer than most tests that need it. */
export default function setup({ provide }: TestProject): void {
  provide("demoVariables", unstable_readConfig({ config: "sandbox/gateway.toml" }).vars);
}
