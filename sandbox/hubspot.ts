/** HubSpot's companies as documented: https://developers.hubspot.com/docs/api-reference/legacy/crm/objects/companies/guide */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { hubspot } from "../adapters/hubspot.ts";
import { type HubspotCompany, hubspotCompany, type HubspotError, type HubspotSearch } from "../schemas/hubspot.ts";
import { hubspotRequestWith } from "../schemas/documents/hubspot.ts";
import { errorHandler, type Refuse, withFaults } from "./faults.ts";
import {
  client,
  english,
  hasValidToken,
  issueToken,
  readJson,
  type SandboxOptions,
  type VendorSandbox,
  withDefaults,
} from "./sandbox.ts";
import { accountsIn, type Stored } from "./store.ts";

/** Public on purpose, and long enough to be redacted. */
const credentials = { ...client, refreshToken: "sandbox-hubspot-refresh-0123456789" } as const;

const tokenSeconds = 1800;

/** The account's own property that HubSpot created with `hasUniqueValue`. */
const uniqueProperty = "crm_reference";
const hubspotRequest = hubspotRequestWith(uniqueProperty, "legal_name", "tax_number");

const refreshGrant = z.object({
  grant_type: z.literal("refresh_token"),
  client_id: z.literal(credentials.clientId),
  client_secret: z.literal(credentials.clientSecret),
  refresh_token: z.literal(credentials.refreshToken),
});

const accountName = z.pipe(
  z.object({ properties: z.object({ name: z.string() }) }),
  z.transform(({ properties }) => properties.name),
);

const byName = z.object({ propertyName: z.literal("name"), operator: z.literal("EQ"), value: z.string() });
/** The searches that the sandbox can do: by the exact name. */
const searchRequest = z.object({
  filterGroups: z.tuple([z.object({ filters: z.tuple([byName]) })]),
  properties: z._default(z.array(z.string()), []),
  limit: z._default(z.int().check(z.minimum(1), z.maximum(200)), 10),
});

/** Not documented: most of these categories. */
const categories = new Map([
  [401, "INVALID_AUTHENTICATION"],
  [404, "OBJECT_NOT_FOUND"],
  [409, "CONFLICT"],
  [429, "RATE_LIMITS"],
  [500, "INTERNAL_ERROR"],
]);

const fail = (status: number, error: Omit<HubspotError, "status">, headers: Record<string, string> = {}): Response => {
  const body: HubspotError = { status: "error", correlationId: crypto.randomUUID(), ...error };
  return Response.json(body, { status, headers });
};

const refuse: Refuse = (status, message, headers) =>
  fail(status, { message, category: categories.get(status) ?? "VALIDATION_ERROR" }, headers);

/** An error of one property. */
const invalid = (message: string, code: string, property: string): Response => {
  const errors = [{ message, code, context: { propertyName: [property] } }];
  return fail(400, { message, category: "VALIDATION_ERROR", errors });
};

/** HubSpot reports the faults of several properties as JSON in the message. */
function invalidProperties({ issues }: z.core.$ZodError): Response {
  const faults = issues.flatMap(({ path: [, property = ""], message, ...issue }) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((name) => ({
          isValid: false,
          message: `Property "${name}" does not exist`,
          error: "PROPERTY_DOESNT_EXIST",
          name,
        }))
      : [{ isValid: false, message, error: "INVALID_VALUE", name: String(property) }],
  );
  const message = `Property values were not valid: ${JSON.stringify(faults)}`;
  return fail(400, { message, category: "VALIDATION_ERROR" });
}

const idOf = ({ sequence }: { sequence: number }): string => String(511 + sequence);

/** HubSpot shows the properties that the request names, and these. Not documented: whether a missing property is `null`. */
function shown({ account, ...stored }: Stored<HubspotCompany>, named: readonly string[]): HubspotCompany {
  const id = idOf(stored);
  const { createdAt, updatedAt, properties } = account;
  const own = Object.fromEntries(named.map((name) => [name, properties[name] ?? null]));
  const times = { createdate: createdAt ?? null, hs_lastmodifieddate: updatedAt ?? null };
  return { ...account, id, properties: { ...own, ...times, hs_object_id: id } };
}

export function createHubspotSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const { store, clock, newId, readLagMs = 0 } = sandbox;
  const companies = accountsIn(store, hubspotCompany);
  const app = new Hono();

  app.post("/oauth/v1/token", async (context) => {
    const form = new URLSearchParams(await new Response(await context.req.arrayBuffer()).text());
    if (!refreshGrant.safeParse(Object.fromEntries(form)).success)
      return fail(400, { message: "missing or invalid refresh token", category: "VALIDATION_ERROR" });
    const access_token = await issueToken(sandbox, tokenSeconds);
    // The refresh token stays valid.
    const { refreshToken: refresh_token } = credentials;
    return context.json({ token_type: "bearer", refresh_token, access_token, expires_in: tokenSeconds });
  });

  app.use(async (context, next) =>
    (await hasValidToken(sandbox, context.req.raw.headers))
      ? next()
      : refuse(401, "Authentication credentials not found. This API supports OAuth 2.0 authentication"),
  );

  const findBy = async (property: string, value: string) =>
    (await companies.list()).find(({ account }) => account.properties[property] === value);

  const create = async (context: Context, body: unknown): Promise<Response> => {
    const request = hubspotRequest.safeParse(body, english);
    if (!request.success) return invalidProperties(request.error);

    const { properties } = request.data;
    if (!properties.name && !properties.domain) return refuse(400, "A company needs a name or a domain");
    const createdAt = clock.now();
    const time = new Date(createdAt).toISOString();
    const unique = properties[uniqueProperty] ?? null;
    const stored = await companies.insert({
      id: newId(),
      // Not documented: whether the comparison ignores case.
      unique,
      createdAt,
      account: { id: 0, properties, createdAt: time, updatedAt: time, archived: false },
    });
    if (stored) return context.json(shown(stored, Object.keys(properties)), 201);

    const owner = await findBy(uniqueProperty, unique ?? "");
    // Not documented: this text and its code.
    const message = `Cannot set PropertyValueCoordinates{portalId=1, objectTypeId=0-2, propertyName=${uniqueProperty}, value=${unique}}. ${owner ? idOf(owner) : "Another company"} already has that value.`;
    return invalid(message, "CONFLICTING_UNIQUE_VALUE", uniqueProperty);
  };

  const path = "/crm/v3/objects/companies";
  app.post(path, withFaults({ sandbox, refuse, name: accountName, reference: uniqueProperty }, create));

  // "It may take a few moments for newly created or updated CRM objects to appear in search results." The search ignores case.
  app.post(`${path}/search`, async (context) => {
    const body = await readJson(context);
    if (body.kind === "error") return refuse(body.status, body.detail);
    const search = searchRequest.safeParse(body.value, english);
    if (!search.success) return refuse(400, "The sandbox only searches by one name");
    const { filterGroups, properties, limit } = search.data;
    const [{ filters }] = filterGroups;
    const isFound = ({ account, createdAt }: Stored<HubspotCompany>) =>
      createdAt + readLagMs <= clock.now() &&
      String(account.properties["name"] ?? "").toLowerCase() === filters[0].value.toLowerCase();
    const found = (await companies.list()).filter(isFound);
    const results = found.slice(0, limit).map((each) => shown(each, properties));
    const paging = found.length > limit ? { paging: { next: { after: String(limit) } } } : {};
    return context.json({ total: found.length, results, ...paging } satisfies HubspotSearch);
  });

  app.get(`${path}/:value`, async (context) => {
    const value = context.req.param("value");
    const { idProperty = "hs_object_id", properties = "name,domain" } = context.req.query();
    if (idProperty !== "hs_object_id" && idProperty !== uniqueProperty)
      return refuse(400, `${idProperty} is not a property with unique values`);
    const found =
      idProperty === uniqueProperty
        ? await findBy(uniqueProperty, value)
        : (await companies.list()).find((each) => idOf(each) === value);
    return found
      ? context.json(shown(found, properties.split(",")))
      : refuse(404, `Object not found. ${idProperty} is ${value}`);
  });

  // Not documented: the answer to an unknown path. It does not say that there is no such company.
  app.notFound(() => fail(404, { message: "resource not found" }));
  app.onError(errorHandler(refuse, "Internal error"));
  return app;
}

export const hubspotSandbox = {
  adapter: hubspot,
  host: "hubspot.sandbox.test",
  create: createHubspotSandbox,
  credentials,
  connection: {
    vendor: "hubspot",
    external_ref_property: uniqueProperty,
    auth: {
      type: "refresh_token",
      client_id: client.clientId,
      client_secret: { secret: "SANDBOX_CLIENT_SECRET" },
      refresh_token: { secret: "SANDBOX_HUBSPOT_REFRESH_TOKEN" },
    },
    mapping: { legal_name: "legal_name", tax_id: "tax_number" },
  },
  secrets: { SANDBOX_CLIENT_SECRET: client.clientSecret, SANDBOX_HUBSPOT_REFRESH_TOKEN: credentials.refreshToken },
} as const satisfies VendorSandbox;
