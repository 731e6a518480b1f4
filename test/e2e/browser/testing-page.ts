/** A page whose service worker is msw's, with the gateway behind it. */
import { setupWorker } from "msw/browser";
import { type GatewayScenario, gatewayScenario } from "../../../packages/testing/src/index.ts";
import { type DemoConnection, look } from "../../packages/testing/sightings.ts";

const worker = setupWorker();

async function lookAt(name: GatewayScenario, connection: DemoConnection, times: number): Promise<string[]> {
  worker.resetHandlers(...gatewayScenario(name));
  return look(connection, times);
}

await worker.start({ quiet: true });
Object.assign(globalThis, { lookAt });
