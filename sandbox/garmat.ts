/** Garmat (GDX) as documented: "Create an account", "List accounts" and "Get an account" of its API reference. */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { garmat } from "../adapters/garmat.ts";
import { garmatAccount, type GarmatList } from "../schemas/garmat.ts";
import { garmatRequest, type GarmatError } from "../schemas/documents/garmat.ts";
import { errorHandler, withFaults, type Refuse } from "./faults.ts";
import {
  clientCredentialsGrant,
  client,
  english,
  hasValidToken,
  issueToken,
  readJson,
  type SandboxOptions,
  type VendorSandbox,
  withDefaults,
} from "./sandbox.ts";
import { accountsIn } from "./store.ts";

/** Not documented: how long a session is valid. */
const sessionSeconds = 3600;
/** Auth0's default: https://auth0.com/docs/secure/tokens/access-tokens/update-access-token-lifetime */
const tokenSeconds = 86_400;

/** This key is public on purpose. */
const credentials = {
  ...client,
  apiKey: "sandbox-key-0123456789",
  audience: "https://garmat.sandbox.test/api",
} as const;

const authenticateRequest = z.object({ api_key: z.string() });
const tokenRequest = z.extend(clientCredentialsGrant, { audience: z.string() });
const accountName = z.pipe(
  z.object({ name: z.string() }),
  z.transform(({ name }) => name),
);

/** Not documented: the default and maximum of `limit`, and the grammar of `filter` and `sort`. */
const listQuery = z.object({
  filter: z._default(z.string(), ""),
  sort: z.optional(z.enum(["name", "-name"])),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 25),
  page: z._default(z.coerce.number().check(z.int(), z.minimum(1)), 1),
});

const refuse: Refuse = (status, error, headers = {}) =>
  Response.json({ error } satisfies GarmatError, { status, headers });

const errorText = ({ issues }: z.core.$ZodError): string =>
  issues.map(({ path, message }) => [...path, message].map(String).join(": ")).join("; ");

export function createGarmatSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const accounts = accountsIn(sandbox.store, garmatAccount);
  const { apiKey, clientId, clientSecret, audience } = credentials;
  const app = new Hono();

  app.post("/api/authenticate", async (context) => {
    const body = await readJson(context);
    if (body.kind === "error") return refuse(400, body.detail);
    if (authenticateRequest.safeParse(body.value).data?.api_key !== apiKey) return refuse(401, "Unauthorized");
    return context.json({ session_token: await issueToken(sandbox, sessionSeconds) });
  });

  // Auth0's client credentials: https://auth0.com/docs/api/authentication#client-credentials-flow
  app.post("/oauth/token", async (context) => {
    const body = await readJson(context);
    const form = body.kind === "json" ? tokenRequest.safeParse(body.value).data : undefined;
    if (!form) return context.json({ error: "invalid_request" }, 400);
    if (form.grant_type !== "client_credentials") return context.json({ error: "unsupported_grant_type" }, 403);
    if (form.client_id !== clientId || form.client_secret !== clientSecret) {
      return context.json({ error: "access_denied", error_description: "Unauthorized" }, 401);
    }
    if (form.audience !== audience) {
      return context.json({ error: "access_denied", error_description: `Service not found: ${form.audience}` }, 403);
    }
    const access_token = await issueToken(sandbox, tokenSeconds);
    return context.json({ access_token, token_type: "Bearer", expires_in: tokenSeconds });
  });

  app.use(async (context, next) => {
    const isRawKey = context.req.header("Authorization") === apiKey;
    return isRawKey || (await hasValidToken(sandbox, context.req.raw.headers)) ? next() : refuse(401, "Unauthorized");
  });

  const create = async (context: Context, body: unknown): Promise<Response> => {
    // Not documented: what happens to unknown members and to the type `garmat`. The sandbox refuses them, to reveal mistakes.
    const request = garmatRequest.safeParse(body, english);
    if (!request.success) return refuse(400, errorText(request.error));

    // Not documented: the default of `status`.
    const { name, type, status = "active" } = request.data;
    const id = sandbox.newId();
    const account = { id, name, type, status, users: 0, booths: 0, facilities: 0, regions: 0 };
    await accounts.insert({ id, unique: null, createdAt: sandbox.clock.now(), account });
    return context.json(account, 200);
  };

  app.post("/api/accounts", withFaults({ sandbox, refuse, name: accountName }, create));

  app.get("/api/accounts", async (context) => {
    const query = listQuery.safeParse(context.req.query(), english);
    if (!query.success) return refuse(400, errorText(query.error));
    const { filter, sort, limit, page } = query.data;

    const found = (await accounts.list())
      .map(({ account }) => account)
      .filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
    if (sort) found.sort((a, b) => (sort === "name" ? 1 : -1) * a.name.localeCompare(b.name));
    // The accounts in the page's example have no `id`. The sandbox adds an `id`, because a list without ids would be useless.
    const data = found.slice((page - 1) * limit, page * limit);
    return context.json({
      data,
      page,
      limit,
      pages: Math.ceil(found.length / limit),
      total: found.length,
    } satisfies GarmatList);
  });

  app.get("/api/accounts/:id", async (context) => {
    const stored = await accounts.get(context.req.param("id"));
    return stored ? context.json(stored.account) : refuse(404, "Account not found");
  });

  app.notFound(() => refuse(404, "Not found"));
  app.onError(errorHandler(refuse, "Internal server error"));
  return app;
}

export const garmatSandbox = {
  adapter: garmat,
  host: "garmat.sandbox.test",
  create: createGarmatSandbox,
  credentials,
  connection: {
    vendor: "garmat",
    auth: { type: "api_key", api_key: { secret: "SANDBOX_GARMAT_KEY" } },
  },
  secrets: { SANDBOX_GARMAT_KEY: credentials.apiKey },
} as const satisfies VendorSandbox;
