/** Public on purpose, they guard nothing; long enough to be treated as secrets are. */
const clientSecret = "sandbox-secret-0123456789";

/** What the sandbox vendors accept. */
export const credentials = {
  clarus: { clientId: "sandbox", clientSecret, subdomain: "acme" },
  elasticPath: { clientId: "sandbox", clientSecret },
  garmat: {
    apiKey: "sandbox-key-0123456789",
    clientId: "sandbox",
    clientSecret,
    audience: "https://garmat.sandbox.test/api",
  },
  zendesk: { clientId: "sandbox", clientSecret },
} as const;
