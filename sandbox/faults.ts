import type { Context, Handler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod/mini";
import { readJson } from "./json-body.ts";
import type { Sandbox } from "./options.ts";
import { bearerToken } from "./tokens.ts";

/** Longer than any client waits. */
const STALL_MS = 120_000;
const TRICKLE_MS = 1_000;
const FIRST_BYTES = 10;
const RETRY_AFTER_SECONDS = 2;

/** The connection breaks without an answer. */
export class ConnectionReset extends Error {
  override name = "ConnectionReset";
}

/** An error in the vendor's own shape. */
export type Refuse = (status: ContentfulStatusCode, detail: string, headers?: Record<string, string>) => Response;

interface Attempt {
  sandbox: Sandbox;
  request: Request;
  name: string;
  refuse: Refuse;
  create: () => Promise<Response>;
  /** Creates an account of somebody else's in its place. */
  createRival: () => Promise<Response>;
}

type Fault = (attempt: Attempt) => Promise<Response>;

/** The account is not created. */
const instead = (answer: Fault): Fault => answer;

/** The account is created and the answer lost. A create that the vendor refused is answered as ever: nothing was lost. */
const after =
  (answer: (attempt: Attempt, reply: Response) => Response | Promise<Response>): Fault =>
  async (attempt) => {
    const reply = await attempt.create();
    return reply.ok ? answer(attempt, reply) : reply;
  };

/** A timer, because workerd ends a request that waits for nothing. */
const stall = async ({ sandbox, request }: Attempt): Promise<Response> => {
  await sandbox.clock.sleep(STALL_MS, request.signal);
  throw new ConnectionReset("The sandbox never answers this account");
};

const reset = (): Response => {
  throw new ConnectionReset("The sandbox breaks the connection on this account");
};

const withBody = (reply: Response, body: string | ReadableStream<Uint8Array>): Response =>
  new Response(body, { status: reply.status, headers: { "Content-Type": "application/json" } });

/** Breaks off in the middle. */
const garbage = async (_attempt: Attempt, reply: Response) =>
  withBody(reply, (await reply.text()).slice(0, FIRST_BYTES));

const withoutId = async (_attempt: Attempt, reply: Response) =>
  withBody(
    reply,
    JSON.stringify(await reply.json(), (member, value: unknown) => (member === "id" ? undefined : value)),
  );

/** White space after the first bytes is valid JSON so far, for as long as anyone reads. */
const trickle = async ({ sandbox }: Attempt, reply: Response) => {
  const start = (await reply.text()).slice(0, FIRST_BYTES);
  const stop = new AbortController();
  let elapsed = 0;
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(new TextEncoder().encode(start)),
    async pull(stream) {
      await sandbox.clock.sleep(TRICKLE_MS, stop.signal);
      elapsed += TRICKLE_MS;
      if (elapsed >= STALL_MS) stream.error(new ConnectionReset("The sandbox never ends this body"));
      else if (!stop.signal.aborted) stream.enqueue(new TextEncoder().encode(" "));
    },
    cancel: () => stop.abort(),
  });
  const response = withBody(reply, body);
  // Or a server on the way would gather bytes to compress before it sends any.
  response.headers.set("Content-Encoding", "identity");
  return response;
};

/** As a proxy before the vendor answers, in nobody's shape. */
const badGateway = async () =>
  new Response("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n", {
    status: 502,
    headers: { "Content-Type": "text/html" },
  });

const tooMany = async ({ refuse }: Attempt) =>
  refuse(429, "Too many requests", { "Retry-After": String(RETRY_AFTER_SECONDS) });

/** Revokes the presented token, which a raw key outlives; the next attempt for the same name goes through. */
const unauthorizedOnce: Fault = async ({ sandbox, request, name, refuse, create }) => {
  if (!(await sandbox.store.flip(`401-once ${name}`))) return create();
  await sandbox.store.removeToken(bearerToken(request.headers) ?? "");
  return refuse(401, "The session has ended");
};

/** By the account's name, `fault:` before it and anything after a space. A success keeps the vendor's own status, 200 or 201. */
const faults = {
  "timeout-before-commit": instead(stall),
  "timeout-after-commit": after(stall),
  "500-after-commit": after(({ refuse }) => refuse(500, "There was a problem processing your request")),
  reset: after(reset),
  "html-502": instead(badGateway),
  "garbage-201": after(garbage),
  "201-without-id": after(withoutId),
  "slow-body": after(trickle),
  "429": instead(tooMany),
  "401-once": unauthorizedOnce,
} satisfies Record<string, Fault>;

/** What a vendor's own rules do to an account that breaks them, done to any. */
const refusals = {
  duplicate: instead(async ({ refuse, createRival }) => {
    await createRival();
    return refuse(409, "Account already exists");
  }),
  invalid: instead(async ({ refuse }) => refuse(422, "Name is not accepted")),
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults | keyof typeof refusals;

const byName = new Map<string, Fault>(Object.entries(faults));
export const faultNames = [...byName.keys()];

/** The fault that every create is to meet, or that the account's name asks for. */
const faultFor = ({ fault }: Sandbox, name: string): Fault | undefined =>
  fault === undefined ? byName.get(/^fault:(\S+)/.exec(name)?.[1] ?? "") : { ...faults, ...refusals }[fault];

interface FaultyOptions {
  sandbox: Sandbox;
  refuse: Refuse;
  /** Where the account's name stands in the vendor's request. */
  named: z.ZodMiniType<string>;
  /** The name of the member that holds the caller's reference, where the vendor has one. */
  reference?: string;
}

/** The same request with another reference. */
const asRival = (body: unknown, reference: string | undefined): unknown =>
  JSON.parse(JSON.stringify(body), (member, value: unknown) => (member === reference ? "rival" : value));

/** A vendor's create of the account in a body that is JSON. */
type Create = (context: Context, body: unknown) => Promise<Response>;

/** A vendor's create, with the faults. */
export const faulty =
  ({ sandbox, refuse, named, reference }: FaultyOptions, create: Create): Handler =>
  async (context) => {
    const body = await readJson(context);
    if (!("value" in body)) return refuse(body.status, body.fault);
    const name = named.safeParse(body.value).data ?? "";
    const attempt: Attempt = {
      sandbox,
      request: context.req.raw,
      name,
      refuse,
      create: () => create(context, body.value),
      createRival: () => create(context, asRival(body.value, reference)),
    };
    return (faultFor(sandbox, name) ?? attempt.create)(attempt);
  };
