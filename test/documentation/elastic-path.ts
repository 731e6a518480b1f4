/** Programs preload this file. It sends requests for Elastic Path to the sandbox, and all other requests to the network. */
import { setupServer } from "msw/node";
import { sandboxHandlers } from "../../sandbox/msw.ts";

setupServer(...sandboxHandlers()).listen({ onUnhandledFrame: "bypass" });
