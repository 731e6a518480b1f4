/** A program preloads this file: it replaces Elastic Path by its sandbox, and passes all other requests through. */
import { setupServer } from "msw/node";
import { sandboxHandlers } from "../../sandbox/msw.ts";

setupServer(...sandboxHandlers()).listen({ onUnhandledFrame: "bypass" });
