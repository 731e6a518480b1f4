/** Tests that a vendor's sandbox and its adapter match. */
import type { Hono } from "hono";
import { expect, test } from "vitest";
import { findPlaceholders, planOf, type Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import type { BodyEncoding } from "../../adapters/engine/adapter.ts";
import { accountRequestSchema } from "../../adapters/engine/connection-schema.ts";
import { encode } from "../../adapters/engine/encode.ts";
import { lookupFor, recognise } from "../../adapters/engine/lookup.ts";
import { interpret } from "../../adapters/engine/outcome.ts";
import { createMemoryStore } from "../../sandbox/store.ts";
import type { Json } from "../../schemas/json.ts";
import { isObject } from "../../schemas/json-pointer.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";

const token = "a-valid-token";

/** A stamp to search for in the lookup. */
const stamp = "4d0d1be0-8a6e-4f8e-b3ab-54c8a2a4c0f3";

/** Creates each example in the sandbox, and looks it up if the adapter has a lookup. */
export function testSandbox(sample: Sample, create: (options: SandboxOptions) => Hono): void {
  if (findPlaceholders(sample).length > 0) return;

  test.each(sample.examples)("its sandbox accepts the example: $title", async ({ account }) => {
    const plan = planOf(sample);
    const store = createMemoryStore();
    await store.addToken(token, Number.POSITIVE_INFINITY);
    const app = create({ store });
    const send = (method: string, path: string, body?: Json, encoding?: BodyEncoding) => {
      const headers = { ...plan.headers, Authorization: `Bearer ${token}` };
      const contentType = encoding?.contentType ?? "application/json";
      const text = isObject(body) && encoding !== undefined ? encoding.write(body) : JSON.stringify(body);
      const init =
        text === undefined ? { headers } : { headers: { ...headers, "Content-Type": contentType }, body: text };
      return app.request(path, { method, ...init });
    };

    const encoded = encode(plan, accountRequestSchema([sample.adapter]).parse(account), "strict", stamp);
    const { method: createMethod = "POST", path, encoding } = plan.adapter;
    const reply = await send(createMethod, path, encoded.body, encoding);
    const body = await reply.text();
    expect([200, 201], `The sandbox answered ${reply.status} to ${createMethod} ${path}: ${body}`).toContain(
      reply.status,
    );
    const outcome = interpret(plan, encoded, { status: reply.status, body, retryAfterSeconds: undefined });
    expect(outcome).toMatchObject({ kind: "created", account: { warnings: [] } });

    const lookup = lookupFor(plan, encoded);
    if (lookup === undefined) return;
    const { method, path: lookupPath, query, body: lookupBody } = lookup.request(lookup.value, plan.connection);
    const found = await send(method, `${lookupPath}?${new URLSearchParams(query).toString()}`, lookupBody);
    expect(found.status, `The sandbox answered ${found.status} to ${method} ${lookupPath}`).toBe(200);
    const listed = lookup.read(await found.json(), lookup.value);
    const evidence =
      listed && recognise(plan, lookup, encoded, listed, { operationCreatedAtMs: 0, redact: (record) => record });
    expect(evidence?.records.map(({ recognition }) => recognition)).toEqual([lookup.canRecognise ? "ours" : "unsure"]);
  });
}
