import { http, HttpResponse, type HttpHandler, type PathParams } from "msw";
import { ConnectionReset } from "./faults.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createSandboxes, type SandboxesOptions } from "./sandboxes.ts";

/** The sandbox vendors as msw handlers, for Node and workerd alike; each call starts from nothing. */
export function sandboxHandlers({
  storeOf = createMemoryStore,
  ...options
}: Partial<SandboxesOptions> = {}): HttpHandler[] {
  return [...createSandboxes({ ...options, storeOf })].map(([host, app]) =>
    // `never`: nothing is promised about the body, so that the request has the platform's own type.
    http.all<PathParams, never>(`https://${host}/*`, async ({ request }) => {
      try {
        return await app.fetch(request);
      } catch (error) {
        if (error instanceof ConnectionReset) return HttpResponse.error();
        throw error;
      }
    }),
  );
}
