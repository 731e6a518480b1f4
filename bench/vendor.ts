import { join } from "node:path";
import { compatibilityDate } from "./bundle.ts";
import { startWorkerd } from "./workerd.ts";

/** The vendor that is measured before, in a process of its own. */
export async function startVendor(folder: string, bundle: string) {
  const { origins, stop } = await startWorkerd({
    compatibilityDate,
    folder: join(folder, "vendor"),
    workers: [{ name: "vendor", bundle, sockets: { vendor: "vendor" } }],
  });
  return { origin: origins["vendor"] ?? "", stop };
}
