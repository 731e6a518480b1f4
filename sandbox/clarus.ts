/**
 * Clarus as documented: https://clarus-api.com/api/accounts
 *
 * Not documented: its error bodies. The sandbox sends JSON:API errors, because the request is a JSON:API document.
 */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { clarus } from "../adapters/clarus.ts";
import { clarusRequest, type clarusErrors, type ClarusReply } from "../schemas/documents/clarus.ts";
import { toPointer } from "../schemas/json-pointer.ts";
import { answerAccountQuery } from "./clarus-graphql.ts";
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

const credentials = { ...client, subdomain: "acme" } as const;

/** Not documented: how long a token is valid. */
const tokenSeconds = 7200;

const accountName = z.pipe(
  z.object({ data: z.object({ attributes: z.object({ name: z.string() }) }) }),
  z.transform(({ data }) => data.attributes.name),
);

type ReportedError = z.infer<typeof clarusErrors>["errors"][number];

const failure = (status: number, errors: ReportedError[], headers: Record<string, string> = {}): Response =>
  Response.json({ errors: errors.map((error) => ({ status: String(status), ...error })) }, { status, headers });

const refuse: Refuse = (status, detail, headers) => failure(status, [{ detail }], headers);

/** Makes one error for each member. zod reports all unknown members in one issue. */
const validationErrors = ({ issues }: z.core.$ZodError): ReportedError[] =>
  issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      title: "Invalid attribute",
      detail: issue.message,
      source: { pointer: toPointer(path) },
    }));
  });

export function createClarusSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const accounts = accountsIn(sandbox.store, clarusRequest);
  const app = new Hono();

  // Not documented: the form's fields, and whether this request needs the subdomain.
  app.post("/oauth/token", async (context) => {
    const { data: form } = clientCredentialsGrant.safeParse(await context.req.parseBody());
    if (!form) return context.json({ error: "invalid_request" }, 400);
    if (form.grant_type !== "client_credentials") return context.json({ error: "unsupported_grant_type" }, 400);
    const { clientId, clientSecret } = credentials;
    if (form.client_id !== clientId || form.client_secret !== clientSecret)
      return context.json({ error: "invalid_client" }, 401);
    const access_token = await issueToken(sandbox, tokenSeconds);
    return context.json({ access_token, token_type: "Bearer", expires_in: tokenSeconds });
  });

  app.use(async (context, next) => {
    if (!(await hasValidToken(sandbox, context.req.raw.headers)))
      return refuse(401, "The access token is missing, unknown or expired");
    // The page says "Required for all API requests". Not documented: the answer if the header is missing or names another tenant.
    if (context.req.header("X-Clarus-Subdomain") !== credentials.subdomain)
      return refuse(401, "X-Clarus-Subdomain does not name this token's tenant");
    return next();
  });

  const create = async (context: Context, body: unknown): Promise<Response> => {
    // Not documented: what happens to other attributes. The sandbox refuses them, to reveal mistakes.
    const request = clarusRequest.safeParse(body, english);
    if (!request.success) return failure(422, validationErrors(request.error));

    const { code, is_active = true } = request.data.data.attributes;
    const stored = await accounts.insert({
      id: code,
      unique: null,
      createdAt: sandbox.clock.now(),
      account: request.data,
    });
    if (!stored) {
      // Not documented: the status of a duplicate. The vendor's other resources answer 422.
      return failure(422, [
        { title: "Duplicate", detail: "Code has already been taken", source: { pointer: "/data/attributes/code" } },
      ]);
    }
    // The page lists the field `email`, but the page's reply has no `email`. Not documented: whether a reply has unset
    // attributes as `null`.
    const { email: _unreported, ...attributes } = stored.account.data.attributes;
    const reply = {
      data: { id: stored.sequence, type: "accounts", attributes: { ...attributes, is_active } },
    } satisfies ClarusReply;
    // Not documented: the status of "Account created successfully".
    return context.json(reply, 201);
  };

  app.post(
    "/api/accounts",
    withFaults({ sandbox, refuse, name: accountName, reference: "external_system_reference1" }, create),
  );

  app.post("/graphql", async (context) => {
    const body = await readJson(context);
    if (body.kind === "error") return refuse(body.status, body.detail);
    const nodes = (await accounts.list()).map(({ sequence, account }) => ({
      ...account.data.attributes,
      id: String(sequence),
    }));
    // GraphQL reports failures as `errors` with status 200.
    return context.json(await answerAccountQuery(nodes, body.value));
  });

  app.notFound(() => refuse(404, "No such resource"));
  app.onError(errorHandler(refuse, "Internal server error"));
  return app;
}

export const clarusSandbox = {
  adapter: clarus,
  host: "clarus.sandbox.test",
  create: createClarusSandbox,
  credentials,
  connection: {
    vendor: "clarus",
    subdomain: credentials.subdomain,
    auth: clientAuth,
    mapping: {
      legal_name: "string1",
      customer_type: "string2",
      industry: "string3",
      registration_id: "string4",
      "custom.tier": "string5",
    },
    fallback: { code: ["external_ref", "name"] },
  },
  secrets: clientSecrets,
} as const satisfies VendorSandbox;
