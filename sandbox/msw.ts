import { http, HttpResponse, type HttpHandler, type PathParams } from "msw";
import { ConnectionReset } from "./faults.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createSandboxes, type SandboxesOptions } from "./sandboxes.ts";

/** The sandbox vendors as msw handlers, each at its own host, for Node, workerd and browsers alike; each call starts from nothing. */
export function sandboxHandlers({
  storeOf = createMemoryStore,
  ...options
}: Partial<SandboxesOptions> = {}): HttpHandler[] {
  return [...createSandboxes({ ...options, storeOf })].map(([host, app]) =>
    handlerFor(`https://${host}`, async (request) => app.fetch(request)),
  );
}

/** Answers all that is asked of an origin; a {@link ConnectionReset} is a network error to whoever asked. */
export function handlerFor(origin: string, answer: (request: Request) => Promise<Response>): HttpHandler {
  // `never`: nothing is promised about the body, so that the request has the platform's own type.
  return http.all<PathParams, never>(`${origin}/*`, async ({ request }) => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof ConnectionReset) return HttpResponse.error();
      throw error;
    }
  });
}
