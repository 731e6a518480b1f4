/** `@account-gateway/testing`: the gateway as msw handlers, for the tests of an app. */
import type { HttpHandler } from "msw";
import { handlerFor } from "../../../sandbox/msw.ts";
import { createGateway, type GatewayOptions } from "./gateway.ts";
import { type GatewayScenario, scenarioOf } from "./scenarios.ts";

export { credentials as sandboxCredentials } from "../../../sandbox/sandboxes.ts";
export { sandboxHandlers } from "../../../sandbox/msw.ts";
export type { SandboxesOptions, SandboxHost } from "../../../sandbox/sandboxes.ts";
export type { ConnectionSettings } from "./connections.ts";
export type { GatewayOptions } from "./gateway.ts";
export type { OwnVendor } from "./own-vendors.ts";
export { type GatewayScenario, gatewayScenarios } from "./scenarios.ts";

/** The gateway with all vendors, as msw handlers. Each call makes a new gateway without accounts. */
export function gatewayHandlers(options: GatewayOptions = {}): HttpHandler[] {
  return gatewayScenario("created", options);
}

/** A gateway that answers as the scenario says. {@link gatewayScenarios} lists the scenarios. */
export function gatewayScenario(
  name: GatewayScenario,
  { baseUrl = "https://gateway.test", ...options }: GatewayOptions = {},
): HttpHandler[] {
  return [handlerFor(originOf(baseUrl), createGateway(options, scenarioOf(name)))];
}

function originOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || url.origin === "null" || url.href !== `${url.origin}/`)
    throw new TypeError(`\`baseUrl\` must be an origin, such as https://gateway.test, not \`${baseUrl}\``);
  return url.origin;
}
