import { http, HttpResponse, type HttpHandler, type PathParams } from "msw";
import { ConnectionReset } from "./faults.ts";
import { createSandboxes, type SandboxesOptions } from "./sandboxes.ts";
import { createMemoryStore } from "./store.ts";

/**
 * The sandbox vendors as msw handlers, each at its own host. They work in Node, workerd and browsers. By default, each call
 * starts with empty stores.
 */
export function sandboxHandlers({
  storeOf = createMemoryStore,
  ...options
}: Partial<SandboxesOptions> = {}): HttpHandler[] {
  return [...createSandboxes({ ...options, storeOf })].map(([host, app]) =>
    handlerFor(`https://${host}`, async (request) => app.fetch(request)),
  );
}

/** Answers every request to an origin. A {@link ConnectionReset} becomes a network error. */
export function handlerFor(origin: string, answer: (request: Request) => Promise<Response>): HttpHandler {
  // The body type `never` gives `request` the platform's own type.
  return http.all<PathParams, never>(`${origin}/*`, async ({ request }) => {
    try {
      return await answer(request);
    } catch (error) {
      if (error instanceof ConnectionReset) return HttpResponse.error();
      throw error;
    }
  });
}
