/** The registry of vendors: one line for each. sandboxes.ts derives the rest from this list. */
export { clarusSandbox as clarus } from "./clarus.ts";
export { elasticPathSandbox as elasticPath } from "./elastic-path.ts";
export { garmatSandbox as garmat } from "./garmat.ts";
export { hubspotSandbox as hubspot } from "./hubspot.ts";
export { stripeSandbox as stripe } from "./stripe.ts";
export { zendeskSandbox as zendesk } from "./zendesk.ts";
