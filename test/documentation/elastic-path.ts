/** Loaded before a program: puts a sandbox in the place of Elastic Path, and lets every other request pass. */
import { setupServer } from "msw/node";
import { sandboxHandlers } from "../../sandbox/msw.ts";

setupServer(...sandboxHandlers()).listen({ onUnhandledFrame: "bypass" });
