/** Profiles a Worker with V8's CPU profiler: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/ */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";

const samplingIntervalUs = 200;

interface CallFrame {
  functionName: string;
  url: string;
  /** Counted from 0. -1 if the frame is not JavaScript. */
  lineNumber: number;
  columnNumber: number;
}

interface Profile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

/** Profiles the Worker while `load` runs. Returns each source file's share of the time that is not idle. */
export async function profile(
  inspector: string,
  worker: string,
  bundle: string,
  load: () => Promise<unknown>,
): Promise<Map<string, number>> {
  const socket = new WebSocket(`ws://${inspector}/${worker}`);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("The inspector did not accept the connection")));
  });
  const call = command(socket);
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: samplingIntervalUs });
  await call("Profiler.start");
  await load();
  const { profile: taken } = (await call("Profiler.stop")) as { profile: Profile };
  socket.close();
  return sharesBySource(taken, bundle);
}

/** Returns a function that sends a command and resolves with its result. */
function command(socket: WebSocket) {
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let last = 0;
  return (method: string, params: object = {}): Promise<unknown> => {
    last += 1;
    const id = last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
}

/** Adds the time of native code to the JavaScript function that called it. */
function sharesBySource({ nodes, samples, timeDeltas }: Profile, bundle: string): Map<string, number> {
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, "utf8")) as SourceMapPayload);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));

  const sourceOf = (id: number): string => {
    const { functionName, lineNumber, columnNumber } = byId.get(id)?.callFrame ?? rootFrame;
    if (functionName.startsWith("(") && lineNumber < 0 && functionName !== "(anonymous)") return functionName;
    const entry = lineNumber < 0 ? undefined : map.findEntry(lineNumber, columnNumber);
    if (entry !== undefined && "originalSource" in entry) return String(entry.originalSource);
    const parent = parents.get(id);
    return parent === undefined ? rootFrame.functionName : sourceOf(parent);
  };

  const spent = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const source = sourceOf(id);
    if (source === "(idle)") continue;
    const us = timeDeltas[index] ?? 0;
    total += us;
    spent.set(source, (spent.get(source) ?? 0) + us);
  }
  return new Map([...spent].map(([source, us]) => [source, us / total]));
}

const rootFrame: CallFrame = { functionName: "(root)", url: "", lineNumber: -1, columnNumber: -1 };

/** Maps source files to the stages of a create. The first pattern that matches decides. */
const stages: readonly (readonly [stage: string, source: RegExp])[] = [
  ["ledger", /src\/(?:ledger\/|create\/create-keyed)|node_modules\/(?:uuid|canonicalize)\//],
  ["authenticate", /src\/(?:http\/authenticate|connections\/)|node_modules\/@noble\//],
  [
    "validate",
    /src\/http\/(?:validate|create-headers)|schemas\/|node_modules\/(?:zod|@hono\/zod-validator)\/|adapters\/engine\/connection-schema/,
  ],
  [
    "decode",
    /adapters\/engine\/(?:outcome|decode|vendor-json|vendor-errors|value-kind)|src\/vendor-client\/(?:redact|find-secrets)/,
  ],
  ["encode", /adapters\//],
  ["send", /src\/vendor-client\//],
  ["log", /src\/(?:log|progress)/],
  ["answer", /src\/(?:http\/(?:render|accounts)|create\/|problem)/],
  ["framework", /node_modules\/hono\/|src\/(?:app|http\/request-state|index)/],
  ["the runtime, outside of any stage", /^\(/],
];

export function stageOf(source: string): string {
  return stages.find(([, pattern]) => pattern.test(source))?.[0] ?? "other";
}
