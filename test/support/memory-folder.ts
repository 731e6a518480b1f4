/** Ledgers commit to files thousands of times, so the tests use an in-memory file system if the machine has one. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

const memory = "/dev/shm";
/** In some containers, this file system has only 64 MB. */
const minBytes = 2 ** 30;

export default function setup(): (() => void) | undefined {
  if (process.env["TMPDIR"] !== undefined || !existsSync(memory)) return undefined;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < minBytes) return undefined;
  const folder = mkdtempSync(join(memory, "account-gateway-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
