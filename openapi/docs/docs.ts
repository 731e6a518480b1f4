/** The reference as a page: https://scalar.com, which is told to ask nothing of anyone but this gateway. */
import { createApiReference } from "@scalar/api-reference";

createApiReference("#reference", {
  url: "/openapi.json",
  theme: "default",
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  authentication: { preferredSecurityScheme: "gatewayKey" },
});
