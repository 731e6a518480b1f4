/** Which stage of a create a source file belongs to: the first whose pattern it matches. */
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
