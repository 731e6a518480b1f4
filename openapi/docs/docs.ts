/** The reference page, rendered by Scalar (https://scalar.com). The page sends requests only to this gateway. */
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
