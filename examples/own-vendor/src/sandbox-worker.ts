/** The sandbox as a Worker, for `npm run dev`. */
import { createAcmeSandbox } from "./acme-sandbox.ts";

export default { fetch: createAcmeSandbox() };
