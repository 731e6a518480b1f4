import type { TestProject } from "vitest/node";
import { startTcpVendor, type TcpVendor } from "../tcp-vendor.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly tcpVendor: Omit<TcpVendor, "close">;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { close, ...addresses } = await startTcpVendor();
  provide("tcpVendor", addresses);
  return close;
}
