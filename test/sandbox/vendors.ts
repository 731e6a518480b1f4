import type { Hono } from "hono";
import * as z from "zod/mini";
import { planOf } from "../../packages/adapter-kit/src/fixtures.ts";
import { encode } from "../../adapters/engine/encode.ts";
import type { TokenRequest } from "../../adapters/engine/auth.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { demoConnectionOf, sandboxes } from "../../sandbox/sandboxes.ts";
import { createMemoryStore } from "../../sandbox/store.ts";
import { jsonValue } from "../../schemas/json.ts";
import { sampleOf } from "../support/samples.ts";
import { createFakeClock } from "./fake-clock.ts";

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

const tokenReply = z.pipe(
  z.object({ access_token: z.string() }),
  z.transform(({ access_token }) => access_token),
);

export const vendorNames = sandboxes.map(({ connection }) => connection.vendor);
export type VendorName = (typeof vendorNames)[number];

/** Opens a vendor's sandbox with a valid token. */
export async function openVendor(name: VendorName, options: Omit<SandboxOptions, "store" | "clock"> = {}) {
  const sample = sampleOf(name);
  const { adapter, sandbox } = sample;
  const clientAuth = sample.auth.find(({ type }) => type === "client_credentials");
  const plan = planOf(sample, { ...demoConnectionOf(sandbox), auth: clientAuth ?? sample.auth[0] });
  const clock = createFakeClock();
  const store = createMemoryStore();
  const app: Hono = sandbox.create({ store, clock, ...options });

  /** Client credentials get a token. A vendor without them has tokens from elsewhere. */
  async function signIn(): Promise<string> {
    if (plan.auth.kind === "token")
      return tokenReply.parse(await (await requestToken(app, plan.auth.request, sandbox.credentials)).json());
    const token = crypto.randomUUID();
    await store.addToken(token, Number.POSITIVE_INFINITY);
    return token;
  }
  let authorization = `Bearer ${await signIn()}`;

  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ Authorization: authorization, ...plan.headers });
    for (const [header, value] of new Headers(init.headers)) headers.set(header, value);
    return app.request(path, { ...init, headers });
  };
  return {
    app,
    clock,
    /** The status of a successful create. */
    status: sample.demo.status,
    send,
    post: (path: string, body: unknown, init: RequestInit = {}) => send(path, { ...json(body), ...init }),
    create: (accountName: string, init: RequestInit = {}) => {
      const { body } = encode(plan, { name: accountName }, "strict");
      const { contentType, write } = adapter.encoding ?? { contentType: "application/json", write: JSON.stringify };
      const headers = { "Content-Type": contentType };
      return send(plan.adapter.path, { method: adapter.method ?? "POST", headers, body: write(body), ...init });
    },
    /** Whether the adapter reads an error from the reply's body. */
    isError: async (reply: Response) => [...adapter.readErrors(jsonValue.parse(await reply.json()))].length > 0,
    count: async () => (await store.list()).length,
    signInAgain: async () => void (authorization = `Bearer ${await signIn()}`),
    authorizeWith: (key: string) => void (authorization = key),
  };
}

/** Sends the token request with the sandbox's credentials in place of those of the fixtures. */
async function requestToken(
  app: Hono,
  { url, encoding, body }: TokenRequest,
  { clientId, clientSecret, audience }: Readonly<Record<string, string>>,
): Promise<Response> {
  const grant = { ...body, client_id: clientId, client_secret: clientSecret, ...(audience && { audience }) };
  const form = { method: "POST", body: new URLSearchParams(Object(grant)) };
  return app.request(new URL(url).pathname, encoding === "form" ? form : json(grant));
}
