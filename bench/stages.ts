/** Which stage of a create a source file belongs to: the first whose pattern it matches. */
const stages: readonly (readonly [stage: string, source: RegExp])[] = [
  ["ledger", /src\/(?:ledger|create-keyed-account|digests|operation)|node_modules\/(?:uuid|canonicalize)\//],
  ["authenticate", /src\/(?:middleware\/require-key|connection-access|configuration)|node_modules\/@noble\//],
  [
    "validate",
    /src\/(?:middleware\/(?:json-body|query|admit-create)|i-json|json-scanner|preferences|idempotency-key|issue-errors)|schemas\/|node_modules\/(?:zod|@hono\/zod-validator)\/|adapters\/engine\/connection-schema/,
  ],
  ["decode", /adapters\/engine\/(?:outcome|decode|vendor-json|vendor-errors|value-kind)|src\/vendor\/authorize/],
  ["encode", /adapters\//],
  ["send", /src\/vendor\//],
  ["log", /src\/log/],
  ["answer", /src\/(?:account-response|problem|routes)/],
  ["framework", /node_modules\/hono\/|src\/(?:app|middleware|index)/],
  ["the runtime, outside of any stage", /^\(/],
];

export function stageOf(source: string): string {
  return stages.find(([, pattern]) => pattern.test(source))?.[0] ?? "other";
}
