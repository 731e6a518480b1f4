/** Zendesk's organizations as documented: https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/ */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { zendesk } from "../adapters/zendesk.ts";
import { type ZendeskError, type ZendeskList, zendeskOrganization } from "../schemas/zendesk.ts";
import { type ZendeskReply, zendeskRequest } from "../schemas/documents/zendesk.ts";
import { errorHandler, withFaults, type Refuse } from "./faults.ts";
import {
  clientCredentialsGrant,
  client,
  clientAuth,
  clientSecrets,
  english,
  hasValidToken,
  issueToken,
  readJson,
  type SandboxOptions,
  type VendorSandbox,
  withDefaults,
} from "./sandbox.ts";
import { accountsIn } from "./store.ts";

/** Not documented: how long a token is valid if the request has no `expires_in`. */
const tokenSeconds = 7200;

const accountName = z.pipe(
  z.object({ organization: z.object({ name: z.string() }) }),
  z.transform(({ organization }) => organization.name),
);

/** "You may search by an organization's `external_id` or `name`, but not both." Not documented: the answer to a search by both. */
const searchQuery = z.union([z.strictObject({ external_id: z.string() }), z.strictObject({ name: z.string() })]);

/** Not documented: most of these error names. */
const errors = new Map([
  [400, "InvalidValue"],
  [401, "invalid_token"],
  [404, "RecordNotFound"],
  [429, "APIRateLimitExceeded"],
]);

const refuse: Refuse = (status, description, headers = {}) => {
  const error = errors.get(status) ?? "InternalError";
  return Response.json({ error, description } satisfies ZendeskError, { status, headers });
};

type Details = NonNullable<ZendeskError["details"]>;

const invalid = (details: Details): Response => {
  const body: ZendeskError = { error: "RecordInvalid", description: "Record validation errors", details };
  return Response.json(body, { status: 422 });
};

/** Not documented: the error for an unknown member or a wrong type. */
const errorsOf = ({ issues }: z.core.$ZodError): Details =>
  Object.fromEntries(
    issues.map(({ path, message }) => [
      String(path[1] ?? "base"),
      [{ error: "InvalidValue", description: `${String(path[1] ?? "Organization")}: ${message}` }],
    ]),
  );

const fold = (text: string | null | undefined): string | undefined => text?.toLowerCase();

export function createZendeskSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const organizations = accountsIn(sandbox.store, zendeskOrganization);
  const app = new Hono();

  const listed = async () =>
    (await organizations.list()).map(({ sequence, account }) => ({ ...account, id: sequence }));

  app.post("/oauth/tokens", async (context) => {
    const body = await readJson(context);
    const grant = body.kind === "json" ? clientCredentialsGrant.safeParse(body.value).data : undefined;
    if (grant?.grant_type !== "client_credentials") return context.json({ error: "unsupported_grant_type" }, 400);
    const { clientId, clientSecret } = client;
    if (grant.client_id !== clientId || grant.client_secret !== clientSecret)
      return context.json({ error: "invalid_client" }, 401);
    const access_token = await issueToken(sandbox, tokenSeconds);
    return context.json({ access_token, token_type: "bearer", scope: "read write", expires_in: tokenSeconds });
  });

  app.use(async (context, next) =>
    (await hasValidToken(sandbox, context.req.raw.headers))
      ? next()
      : refuse(401, "The access token provided is expired, revoked, malformed or invalid for other reasons."),
  );

  const create = async (context: Context, body: unknown): Promise<Response> => {
    // Not documented: what happens to other members. The sandbox refuses them, to reveal mistakes.
    const request = zendeskRequest.safeParse(body, english);
    if (!request.success) return invalid(errorsOf(request.error));

    // "Leading and trailing whitespace in `name` is automatically trimmed before validation."
    const { external_id = null, ...given } = request.data.organization;
    const name = given.name.trim();
    if (name === "") return invalid({ name: [{ error: "BlankValue", description: "Name: cannot be blank" }] });
    // As documented: two concurrent creates may both pass. Not documented: whether names are case-sensitive.
    if ((await listed()).some((each) => fold(each.name) === fold(name)))
      return invalid({
        name: [{ error: "DuplicateValue", description: `Name: ${name} has already been taken` }],
      });

    const createdAt = sandbox.clock.now();
    const timestamp = new Date(createdAt).toISOString().replace(/\.\d+Z$/, "Z");
    const stored = await organizations.insert({
      id: sandbox.newId(),
      // "A unique external id … The id is case-insensitive." Not documented: the answer to a duplicate.
      unique: fold(external_id) ?? null,
      createdAt,
      account: {
        id: 0,
        details: null,
        notes: null,
        group_id: null,
        shared_comments: false,
        shared_tickets: false,
        domain_names: [],
        tags: [],
        organization_fields: {},
        ...given,
        name,
        external_id,
        created_at: timestamp,
        updated_at: timestamp,
      },
    });
    if (!stored)
      return invalid({
        external_id: [{ error: "DuplicateValue", description: `External: ${external_id} has already been taken` }],
      });
    const id = stored.sequence;
    const url = new URL(`/api/v2/organizations/${id}.json`, context.req.url).href;
    const reply: ZendeskReply = { organization: { ...stored.account, id, url } };
    return context.json(reply, 201, { Location: url });
  };

  app.post(
    "/api/v2/organizations",
    withFaults({ sandbox, refuse, name: accountName, reference: "external_id" }, create),
  );

  app.get("/api/v2/organizations/search", async (context) => {
    const query = searchQuery.safeParse(context.req.query());
    if (!query.success) return refuse(400, "Search by either `external_id` or `name`");
    const [[member, value] = ["name", ""]] = Object.entries(query.data);
    const found = (await listed()).filter(
      (each) => fold(member === "name" ? each.name : each.external_id) === fold(value),
    );
    const page = { organizations: found, count: found.length, next_page: null, previous_page: null };
    return context.json(page satisfies ZendeskList);
  });

  app.get("/api/v2/organizations/:id", async (context) => {
    const found = (await listed()).find(({ id }) => String(id) === context.req.param("id"));
    return found ? context.json({ organization: found } satisfies ZendeskReply) : refuse(404, "Not found");
  });

  app.notFound(() => refuse(404, "Not found"));
  app.onError(errorHandler(refuse, "Internal server error"));
  return app;
}

export const zendeskSandbox = {
  adapter: zendesk,
  host: "zendesk.sandbox.test",
  create: createZendeskSandbox,
  credentials: client,
  connection: {
    vendor: "zendesk",
    auth: { ...clientAuth, scope: "read write" },
    mapping: { legal_name: "details" },
  },
  secrets: clientSecrets,
} as const satisfies VendorSandbox;
