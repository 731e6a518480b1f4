/** Ledgers commit to files thousands of times, so the tests use a file system in memory if there is one. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const memory = "/dev/shm";
/** Some containers have only 64 MB there. */
const minBytes = 2 ** 30;

export default function setup(): (() => void) | undefined {
  if (process.env["TMPDIR"] !== undefined || !existsSync(memory)) return undefined;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < minBytes) return undefined;
  const folder = mkdtempSync(join(memory, "account-gateway-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
