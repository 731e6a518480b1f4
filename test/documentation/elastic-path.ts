/** Programs preload this file. It sends Elastic Path's requests to the sandbox, and passes all others through. */
import { setupServer } from "msw/node";
import { sandboxHandlers } from "../../sandbox/msw.ts";

setupServer(...sandboxHandlers()).listen({ onUnhandledFrame: "bypass" });
