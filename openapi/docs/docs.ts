/** The page of the API reference (https://scalar.com). It is configured to contact only this gateway. */
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
