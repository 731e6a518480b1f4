import type { ConfigurationFault } from "../adapters/engine/configuration-fault.ts";

/** One JSON line per request. Its fields are an allow-list: no body, no header and no vendor's text ever stands in it. */
export interface LogEntry {
  request_id: string;
  method: string;
  /** The route's pattern, not the path. */
  route: string;
  status: number;
  duration_ms: number;
  /** The gateway key's entry, by name. */
  key?: string;
  connection?: string;
  vendor?: string;
  outcome?: "created" | "rejected" | "not_sent" | "unknown";
  problem?: string;
  vendor_status?: number;
  attempts?: number;
  token_ms?: number;
  vendor_ms?: number;
  /** Of a fault of the gateway's own: the error's class and where it was thrown, never its message. */
  error?: string;
}

export function writeLog(entry: LogEntry): void {
  console.log(JSON.stringify(entry));
}

/** Once per isolate: what is out of use, and why. A fault names members and variables, never a secret. */
export function writeConfigurationFaults(faults: readonly ConfigurationFault[]): void {
  console.warn(JSON.stringify({ configuration_faults: faults }));
}

/** `TypeError at encode (src/…:12:3)`: enough to find a fault by, and nothing of what was being handled. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = error.stack?.replace(error.message, "");
  const frame = frames?.split("\n").find((line) => /^\s+at /.test(line));
  return `${error.name}${frame === undefined ? "" : ` ${frame.trim()}`}`;
}
