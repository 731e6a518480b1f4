/** The script of a page that runs the gateway, with msw's service worker. */
import { setupWorker } from "msw/browser";
import { type GatewayScenario, gatewayScenario } from "../../../packages/testing/src/index.ts";
import { createRepeatedly, type DemoConnection } from "../../packages/testing/answers.ts";

const worker = setupWorker();

async function runScenario(name: GatewayScenario, connection: DemoConnection, times: number): Promise<string[]> {
  worker.resetHandlers(...gatewayScenario(name));
  return createRepeatedly(connection, times);
}

await worker.start({ quiet: true });
Object.assign(globalThis, { runScenario });
