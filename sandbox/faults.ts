/** Faults of a create. The test kit requests a fault, or the account's name does: `fault:reset …` requests `reset`. */
import type { Context, ErrorHandler, Handler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod/mini";
import { bearerToken, readJson, type FaultName, type ReadBody, type Sandbox } from "./sandbox.ts";

/** Longer than any client waits for an answer. */
const stallMs = 120_000;
const trickleMs = 1_000;
const firstBytes = 10;
const retryAfterSeconds = 2;

/** Breaks the connection without an answer. */
export class ConnectionReset extends Error {
  override name = "ConnectionReset";
}

/** Makes an error in the vendor's own shape. */
export type Refuse = (status: ContentfulStatusCode, detail: string, headers?: Record<string, string>) => Response;

/** Answers 500 if the sandbox itself fails. Rethrows a {@link ConnectionReset}, so that the server breaks the connection. */
export const errorHandler =
  (refuse: Refuse, detail: string): ErrorHandler =>
  (error) => {
    if (error instanceof ConnectionReset) throw error;
    return refuse(500, detail);
  };

/** One create. */
export interface Attempt {
  sandbox: Sandbox;
  request: Request;
  name: string;
  refuse: Refuse;
  create: () => Promise<Response>;
  /** Creates the same account with another caller's reference. Only the fault `duplicate` needs it. */
  createForAnotherCaller?: () => Promise<Response>;
}

type Fault = (attempt: Attempt) => Promise<Response>;

/** Creates the account, then replaces the answer. Returns a refusal unchanged. */
const afterCreate =
  (answer: (attempt: Attempt, reply: Response) => Response | Promise<Response>): Fault =>
  async (attempt) => {
    const reply = await attempt.create();
    return reply.ok ? answer(attempt, reply) : reply;
  };

/** Never answers. Waits for a timer, because workerd ends a request that has nothing to wait for. */
const stall = async ({ sandbox, request }: Attempt): Promise<Response> => {
  await sandbox.clock.sleep(stallMs, request.signal);
  throw new ConnectionReset("The sandbox never answers this create");
};

const reset = (): Response => {
  throw new ConnectionReset("The sandbox breaks the connection of this create");
};

const withBody = (reply: Response, body: string | ReadableStream<Uint8Array>): Response =>
  new Response(body, { status: reply.status, headers: { "Content-Type": "application/json" } });

/** Sends only the beginning of the JSON. */
const cutOff = async (_attempt: Attempt, reply: Response) => withBody(reply, (await reply.text()).slice(0, firstBytes));

const withoutId = async (_attempt: Attempt, reply: Response) =>
  withBody(
    reply,
    JSON.stringify(await reply.json(), (member, value: unknown) => (member === "id" ? undefined : value)),
  );

/** Sends the first bytes, then one space each second, so that the body stays valid JSON but never ends. */
const trickle = async ({ sandbox }: Attempt, reply: Response) => {
  const start = (await reply.text()).slice(0, firstBytes);
  const stop = new AbortController();
  let elapsed = 0;
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(new TextEncoder().encode(start)),
    async pull(stream) {
      await sandbox.clock.sleep(trickleMs, stop.signal);
      elapsed += trickleMs;
      if (elapsed >= stallMs) stream.error(new ConnectionReset("The sandbox never ends this body"));
      else if (!stop.signal.aborted) stream.enqueue(new TextEncoder().encode(" "));
    },
    cancel: () => stop.abort(),
  });
  const response = withBody(reply, body);
  // Without this header, a server between the sandbox and the client would buffer the body to compress it.
  response.headers.set("Content-Encoding", "identity");
  return response;
};

/** The HTML answer of a proxy in front of the vendor. */
const badGateway = async () =>
  new Response("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n", {
    status: 502,
    headers: { "Content-Type": "text/html" },
  });

const tooMany = async ({ refuse }: Attempt) =>
  refuse(429, "Too many requests", { "Retry-After": String(retryAfterSeconds) });

/** Answers 401 and revokes the request's token. An API key stays valid. The next create with the same name succeeds. */
const unauthorizedOnce: Fault = async ({ sandbox, request, name, refuse, create }) => {
  if (!(await sandbox.store.flip(`401-once ${name}`))) return create();
  await sandbox.store.removeToken(bearerToken(request.headers) ?? "");
  return refuse(401, "The session has ended");
};

/** Faults that an account's name can request. Faults with `201` in their name keep the vendor's own status: 200 or 201. */
const faults = {
  "timeout-before-commit": stall,
  "timeout-after-commit": afterCreate(stall),
  "500-after-commit": afterCreate(({ refuse }) => refuse(500, "There was a problem processing your request")),
  reset: afterCreate(reset),
  "html-502": badGateway,
  "garbage-201": afterCreate(cutOff),
  "201-without-id": afterCreate(withoutId),
  "slow-body": afterCreate(trickle),
  "429": tooMany,
  "401-once": unauthorizedOnce,
} satisfies Partial<Record<FaultName, Fault>>;

/** Refusals that only the option `fault` can request. */
const refusals = {
  duplicate: async ({ refuse, createForAnotherCaller: createRival }) => {
    await createRival?.();
    return refuse(409, "Account already exists");
  },
  invalid: async ({ refuse }) => refuse(422, "Name is not accepted"),
} satisfies Partial<Record<FaultName, Fault>>;

const all: Record<FaultName, Fault> = { ...faults, ...refusals };

const byName = new Map<string, Fault>(Object.entries(faults));
export const faultNames = [...byName.keys()];

/** The fault from the options, otherwise the fault that the account's name requests. */
const faultFor = ({ fault }: Sandbox, name: string): Fault | undefined =>
  fault === undefined ? byName.get(/^fault:(\S+)/.exec(name)?.[1] ?? "") : all[fault];

/** Answers a create, with the fault that it has. */
export const answerCreate = (attempt: Attempt): Promise<Response> =>
  (faultFor(attempt.sandbox, attempt.name) ?? attempt.create)(attempt);

interface FaultOptions {
  sandbox: Sandbox;
  refuse: Refuse;
  /** Reads the request's body. Default: as JSON. */
  read?: ReadBody;
  /** Reads the account's name from the vendor's request. */
  name: z.ZodMiniType<string>;
  /** The member with the caller's reference, if the vendor has such a member. */
  reference?: string;
}

/** Copies the body, with another caller's reference. */
const asAnotherCaller = (body: unknown, reference: string | undefined): unknown =>
  JSON.parse(JSON.stringify(body), (member, value: unknown) => (member === reference ? "another caller" : value));

/** Creates the account that the body describes. */
type Create = (context: Context, body: unknown) => Promise<Response>;

/** Adds the faults to a vendor's create. */
export const withFaults =
  ({ sandbox, refuse, read = readJson, name: nameSchema, reference }: FaultOptions, create: Create): Handler =>
  async (context) => {
    const body = await read(context);
    if (body.kind === "error") return refuse(body.status, body.detail);
    const name = nameSchema.safeParse(body.value).data ?? "";
    return answerCreate({
      sandbox,
      request: context.req.raw,
      name,
      refuse,
      create: () => create(context, body.value),
      createForAnotherCaller: () => create(context, asAnotherCaller(body.value, reference)),
    });
  };
