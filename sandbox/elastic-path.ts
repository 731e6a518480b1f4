/** Elastic Path's accounts as documented: https://elasticpath.dev/docs/api/accounts/post-v-2-accounts */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { elasticPath } from "../adapters/elastic-path.ts";
import type { elasticPathErrors, ElasticPathReply, ElasticPathToken } from "../schemas/documents/elastic-path.ts";
import {
  createRequest,
  exampleParent,
  storedAccount,
  referenceTo,
  validationErrors,
  type StoredElasticPathAccount,
} from "./elastic-path-account.ts";
import { listAccounts, listQuery } from "./elastic-path-list.ts";
import { errorHandler, withFaults, type Refuse } from "./faults.ts";
import {
  clientCredentialsGrant,
  client,
  clientAuth,
  clientSecrets,
  english,
  hasValidToken,
  issueToken,
  type SandboxOptions,
  type VendorSandbox,
  withDefaults,
} from "./sandbox.ts";
import { accountsIn } from "./store.ts";

/** https://elasticpath.dev/docs/authentication: "Access tokens expire after 1 hour". */
const tokenSeconds = 3600;

const titles = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [404, "Not Found"],
  [409, "Conflict"],
  [415, "Unsupported Media Type"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
]);

const accountName = z.pipe(
  z.object({ data: z.object({ name: z.string() }) }),
  z.transform(({ data }) => data.name),
);

const failure = (status: number, details: string[], headers: Record<string, string> = {}): Response => {
  const errors = details.map((detail) => ({ title: titles.get(status) ?? "Error", status: String(status), detail }));
  return Response.json({ errors } satisfies z.infer<typeof elasticPathErrors>, { status, headers });
};

const refuse: Refuse = (status, detail, headers) => failure(status, [detail], headers);

const linkTo = (context: Context, id: string) => ({ self: new URL(`/v2/accounts/${id}`, context.req.url).href });

/** The list omits a new account for a while. The vendor says "up to a minute". */
export function createElasticPathSandbox({ readLagMs = 0, ...options }: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const accounts = accountsIn(sandbox.store, storedAccount);
  const app = new Hono();

  app.post("/oauth/access_token", async (context) => {
    const { data: form } = clientCredentialsGrant.safeParse(await context.req.parseBody());
    // The sandbox issues no implicit tokens, because they cannot read accounts.
    if (form?.grant_type !== "client_credentials")
      return refuse(400, "grant_type must be client_credentials, with client_id and client_secret");
    const { clientId, clientSecret } = client;
    if (form.client_id !== clientId || form.client_secret !== clientSecret)
      return refuse(401, "The client credentials are not valid");
    return context.json({
      access_token: await issueToken(sandbox, tokenSeconds),
      token_type: "Bearer",
      expires_in: tokenSeconds,
      expires: Math.floor(sandbox.clock.now() / 1000) + tokenSeconds,
      identifier: "client_credentials",
    } satisfies ElasticPathToken);
  });

  app.use(async (context, next) =>
    (await hasValidToken(sandbox, context.req.raw.headers))
      ? next()
      : refuse(401, "The access token is missing, unknown or expired"),
  );

  const find = async (id: string): Promise<StoredElasticPathAccount | null> =>
    (await accounts.get(id))?.account ?? (id === exampleParent.id ? exampleParent : null);

  const create = async (context: Context, body: unknown): Promise<Response> => {
    const request = createRequest.safeParse(body);
    if (!request.success) return failure(400, validationErrors(request.error));

    const {
      name,
      legal_name = null,
      registration_id = null,
      external_ref = null,
      parent_id = null,
    } = request.data.data;
    const parent = parent_id === null ? null : await find(parent_id);
    // Not documented: the error for an unknown parent. The page lists a 404, and only an unknown parent can cause one here.
    if (parent_id !== null && !parent) return refuse(404, "parent account not found");

    const id = sandbox.newId();
    const createdAt = sandbox.clock.now();
    const timestamp = new Date(createdAt).toISOString();
    const account: StoredElasticPathAccount = {
      type: "account",
      id,
      name,
      legal_name,
      registration_id,
      external_ref,
      parent_id,
      meta: { timestamps: { created_at: timestamp, updated_at: timestamp } },
      relationships: parent
        ? { parent: referenceTo(parent.id), ancestors: [...parent.relationships.ancestors, referenceTo(parent.id)] }
        : { ancestors: [] },
    };
    // Not documented: whether the vendor refuses a second account with an empty `registration_id`, or with the same
    // `external_ref` ("the unique attribute"). The sandbox accepts both.
    const stored = await accounts.insert({ id, unique: registration_id || null, createdAt, account });
    // Not documented: the status and the text of the error for a duplicate.
    if (!stored) return refuse(409, "account with the given registration_id already exists");
    return context.json({ data: stored.account, links: linkTo(context, id) } satisfies ElasticPathReply, 201);
  };

  app.post("/v2/accounts", withFaults({ sandbox, refuse, name: accountName, reference: "external_ref" }, create));

  app.get("/v2/accounts", async (context) => {
    const url = new URL(context.req.url);
    const query = listQuery.safeParse(Object.fromEntries(url.searchParams), english);
    if (!query.success)
      return failure(
        400,
        query.error.issues.map(({ message }) => message),
      );
    const visibleUntil = sandbox.clock.now() - readLagMs;
    const visible = (await accounts.list())
      .filter(({ createdAt }) => createdAt <= visibleUntil)
      .map(({ id, account }) => ({ ...account, links: linkTo(context, id) }));
    return context.json(listAccounts(visible, query.data, url));
  });

  app.get("/v2/accounts/:id", async (context) => {
    const id = context.req.param("id");
    const account = await find(id);
    return account
      ? context.json({ data: account, links: linkTo(context, id) } satisfies ElasticPathReply)
      : refuse(404, "account not found");
  });

  app.notFound(() => refuse(404, "The requested resource does not exist"));
  app.onError(errorHandler(refuse, "there was a problem processing your request"));
  return app;
}

export const elasticPathSandbox = {
  adapter: elasticPath,
  host: "elastic-path.sandbox.test",
  create: createElasticPathSandbox,
  credentials: client,
  connection: {
    vendor: "elastic_path",
    auth: clientAuth,
  },
  secrets: clientSecrets,
} as const satisfies VendorSandbox;
