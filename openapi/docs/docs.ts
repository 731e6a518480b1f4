/** The reference page, shown by https://scalar.com. It sends requests to this gateway only. */
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
