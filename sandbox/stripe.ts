/** Stripe's customers as documented: https://docs.stripe.com/api/customers */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { stripe } from "../adapters/stripe.ts";
import { type JsonObject, setAt } from "../schemas/json-pointer.ts";
import type { StripeError } from "../schemas/stripe.ts";
import { type StripeCustomer, stripeCustomer, stripeRequest } from "../schemas/documents/stripe.ts";
import { errorHandler, withFaults, type Refuse } from "./faults.ts";
import {
  bearerToken,
  english,
  type ReadBody,
  type SandboxOptions,
  type VendorSandbox,
  withDefaults,
} from "./sandbox.ts";
import { accountsIn } from "./store.ts";

/** This key is public on purpose. */
const credentials = { secretKey: "sandbox-stripe-key-0123456789" } as const;

/** https://docs.stripe.com/api/idempotent_requests */
const keyLifetimeMs = 24 * 60 * 60 * 1000;
const maxKeyLength = 255;

/** The first request with an idempotency key, and its answer once Stripe has saved one. */
const firstRequest = z.object({
  form: z.string(),
  atMs: z.number(),
  answer: z.optional(z.object({ status: z.number(), body: z.string() })),
});

const limitedMetadata = z
  .record(z.string().check(z.maxLength(40)), z.string().check(z.maxLength(500)))
  .check(z.refine((pairs) => Object.keys(pairs).length <= 50));
const wholeNumber = z.optional(z.coerce.number().check(z.int()));
/** The parameters as a form has them. Not documented: which e-mail addresses are invalid. */
const formRequest = z.extend(stripeRequest, {
  email: z.optional(z.string().check(z.regex(/^\S+@\S+$/))),
  metadata: z.optional(limitedMetadata),
  balance: wholeNumber,
  next_invoice_sequence: wholeNumber,
});

const accountName = z.pipe(
  z.object({ name: z.string() }),
  z.transform(({ name }) => name),
);

const listQuery = z.object({ limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 10) });

type Fault = StripeError["error"];

const fail = (status: number, error: Fault, headers: Record<string, string> = {}): Response =>
  Response.json({ error } satisfies StripeError, { status, headers });

const refuse: Refuse = (status, message, headers) =>
  fail(status, { type: status >= 500 ? "api_error" : "invalid_request_error", message }, headers);

const parameterOf = ([name, ...members]: readonly PropertyKey[]): string =>
  `${String(name)}${members.map((member) => `[${String(member)}]`).join("")}`;

/** Stripe reports one fault at a time. Not documented: most of these texts. */
function invalid({ issues: [issue] }: z.core.$ZodError): Response {
  const type = "invalid_request_error";
  if (issue?.code === "unrecognized_keys") {
    const param = parameterOf([...issue.path, issue.keys[0] ?? ""]);
    return fail(400, { type, code: "parameter_unknown", message: `Received unknown parameter: ${param}`, param });
  }
  const param = parameterOf(issue?.path ?? []);
  const code = param === "email" ? "email_invalid" : null;
  return fail(400, { type, code, message: `Invalid ${param}: ${issue?.message}`, param });
}

/** The body's text. workerd warns when `text()` reads a form. */
const formOf = async ({ req }: Context): Promise<string> => new TextDecoder().decode(await req.arrayBuffer());

/** "The API accepts form-encoded request bodies": brackets name inner members. Stripe reads an empty value as no value. */
const readForm: ReadBody = async (context) => {
  if (!/^application\/x-www-form-urlencoded\b/i.test(context.req.header("Content-Type") ?? ""))
    return { kind: "error", status: 400, detail: "The request's body must be form-encoded" };
  const value: JsonObject = {};
  for (const [parameter, text] of new URLSearchParams(await formOf(context)))
    if (text !== "") setAt(value, parameter.replaceAll("]", "").split("["), text);
  return { kind: "json", value };
};

/** The API key: the user name of HTTP Basic, or a bearer token. */
function keyOf(headers: Headers): string {
  const [, pair = ""] = /^Basic +(\S+)$/i.exec(headers.get("Authorization") ?? "") ?? [];
  return bearerToken(headers) ?? atob(pair).replace(/:$/, "");
}

/** The one clause that the sandbox can read: `metadata['key']:'value'`. A backslash escapes a quotation mark. */
function readClause(query: string): { key: string; value: string } | undefined {
  const [, , key, , value] = /^metadata\[(['"])(\w+)\1\]:(['"])((?:\\.|(?!\3)[^\\])*)\3$/.exec(query) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value: value.replace(/\\(.)/g, "$1") };
}

const noAddress = { line1: null, line2: null, city: null, state: null, postal_code: null, country: null };

export function createStripeSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const { store, clock, newId, readLagMs = 0 } = sandbox;
  const customers = accountsIn(store, stripeCustomer);
  const app = new Hono();

  app.use(async (context, next) => {
    const key = keyOf(context.req.raw.headers);
    const isKnown = key === credentials.secretKey || (await store.hasToken(key, clock.now()));
    return isKnown ? next() : refuse(401, "Invalid API Key provided");
  });

  const create = async (_context: Context, body: unknown): Promise<Response> => {
    const request = formRequest.safeParse(body, english);
    if (!request.success) return invalid(request.error);

    const { address, metadata = {}, ...given } = request.data;
    const createdAt = clock.now();
    const id = `cus_${newId().replaceAll("-", "")}`;
    const account: StripeCustomer = {
      id,
      object: "customer",
      balance: 0,
      created: Math.floor(createdAt / 1000),
      currency: null,
      default_source: null,
      delinquent: false,
      description: null,
      email: null,
      invoice_prefix: id.slice(-8).toUpperCase(),
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
      livemode: false,
      metadata,
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: "none",
      test_clock: null,
      ...given,
      address: address === undefined ? null : { ...noAddress, ...address },
    };
    await customers.insert({ id, unique: null, createdAt, account });
    return Response.json(account);
  };

  const faulty = (ownCreate: typeof create) =>
    withFaults({ sandbox, refuse, read: readForm, name: accountName, reference: "external_ref" }, ownCreate);

  /** Saves the first answer to a key "regardless of whether it succeeds or fails", and answers every later request with it. */
  app.post("/v1/customers", async (context, next) => {
    const key = context.req.header("Idempotency-Key");
    if (key === undefined) return faulty(create)(context, next);
    if (key.length > maxKeyLength) return refuse(400, `Idempotency keys can have up to ${maxKeyLength} characters`);

    const note = `idempotency key ${key}`;
    const first = { form: await formOf(context), atMs: clock.now() };
    const inProgress = JSON.stringify(first);
    const known = await store.swap(note, null, inProgress);
    if (known !== null) {
      const { form, atMs, answer } = firstRequest.parse(JSON.parse(known));
      if (first.atMs < atMs + keyLifetimeMs) return repeat(form === first.form, answer);
      await store.swap(note, known, inProgress);
    }
    let saved = inProgress;
    const save = async (reply: Response): Promise<Response> => {
      const answer = { status: reply.status, body: await reply.clone().text() };
      const text = JSON.stringify({ ...first, answer });
      await store.swap(note, saved, text);
      saved = text;
      return reply;
    };
    const createAndSave = async (...[, body]: Parameters<typeof create>) => {
      const reply = await create(context, body);
      return reply.ok ? save(reply) : reply;
    };
    try {
      const reply: Response = await faulty(createAndSave)(context, next);
      return reply.status === 500 ? await save(reply) : reply;
    } finally {
      // "If incoming parameters fail validation", Stripe saves no answer.
      await store.swap(note, inProgress, null);
    }
  });

  const page = (object: "list" | "search_result", context: Context, found: StripeCustomer[]) => {
    const query = listQuery.safeParse(context.req.query());
    if (!query.success) return refuse(400, "Invalid limit");
    const { limit } = query.data;
    const [data, has_more] = [found.slice(0, limit), found.length > limit];
    return context.json({ object, url: context.req.path, has_more, data });
  };

  app.get("/v1/customers", async (context) => {
    const stored = await customers.list();
    return page("list", context, stored.map(({ account }) => account).toReversed());
  });

  app.get("/v1/customers/search", async (context) => {
    const clause = readClause(context.req.query("query") ?? "");
    if (clause === undefined) return refuse(400, "The sandbox cannot read this search");
    // "Data is searchable in less than a minute." The operator `:` ignores case.
    const visible = (await customers.list()).filter(({ createdAt }) => createdAt + readLagMs <= clock.now());
    const isFound = ({ metadata }: StripeCustomer) =>
      metadata[clause.key]?.toLowerCase() === clause.value.toLowerCase();
    return page("search_result", context, visible.map(({ account }) => account).filter(isFound));
  });

  app.get("/v1/customers/:id", async (context) => {
    const id = context.req.param("id");
    const stored = await customers.get(id);
    const message = `No such customer: '${id}'`;
    return stored === null
      ? fail(404, { type: "invalid_request_error", code: "resource_missing", message, param: "id" })
      : context.json(stored.account);
  });

  app.notFound((context) => refuse(404, `Unrecognized request URL (${context.req.method}: ${context.req.path})`));
  app.onError(errorHandler(refuse, "An unknown error occurred"));
  return app;
}

/** The answer to a request whose key is known. */
function repeat(isSame: boolean, answer: z.infer<typeof firstRequest>["answer"]): Response {
  const type = "idempotency_error";
  if (!isSame)
    return fail(400, {
      type,
      message: "Keys for idempotent requests can only be used with the same parameters they were first used with.",
    });
  if (answer === undefined)
    return fail(409, {
      type,
      code: "idempotency_key_in_use",
      message: "There is currently another in-progress request using this idempotency key.",
    });
  const headers = { "Content-Type": "application/json", "Idempotent-Replayed": "true" };
  return new Response(answer.body, { status: answer.status, headers });
}

export const stripeSandbox = {
  adapter: stripe,
  host: "stripe.sandbox.test",
  create: createStripeSandbox,
  credentials,
  connection: {
    vendor: "stripe",
    auth: { type: "basic", username: { secret: "SANDBOX_STRIPE_KEY" } },
    mapping: { legal_name: "legal_name", tax_id: "tax_id" },
  },
  secrets: { SANDBOX_STRIPE_KEY: credentials.secretKey },
} as const satisfies VendorSandbox;
