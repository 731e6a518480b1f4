/**
 * Clarus as it is documented: https://clarus-api.com/api/accounts
 *
 * Its error bodies are not documented: JSON:API errors here, as its request is a JSON:API document.
 */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { type clarusErrors, type ClarusReply, clarusRequest } from "../schemas/documents/clarus.ts";
import { answerAccountQuery } from "./clarus-graphql.ts";
import { credentials } from "./credentials.ts";
import { english } from "./english.ts";
import { ConnectionReset, faulty, type Refuse } from "./faults.ts";
import { readJson } from "./json-body.ts";
import { type SandboxOptions, withDefaults } from "./options.ts";
import { accountsIn } from "./store.ts";
import { holdsToken, issueToken } from "./tokens.ts";

/** Not documented: how long a token holds. */
const TOKEN_SECONDS = 7200;

const tokenRequest = z.object({ grant_type: z.string(), client_id: z.string(), client_secret: z.string() });

const accountName = z.pipe(
  z.object({ data: z.object({ attributes: z.object({ name: z.string() }) }) }),
  z.transform(({ data }) => data.attributes.name),
);

type Fault = z.infer<typeof clarusErrors>["errors"][number];

const failure = (status: number, faults: Fault[], headers: Record<string, string> = {}): Response =>
  Response.json({ errors: faults.map((fault) => ({ status: String(status), ...fault })) }, { status, headers });

const refuse: Refuse = (status, detail, headers) => failure(status, [{ detail }], headers);

/** One fault per member: zod tells of all unknown members at once. */
const validationFaults = ({ issues }: z.core.$ZodError): Fault[] =>
  issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      title: "Invalid attribute",
      detail: issue.message,
      source: { pointer: path.map((step) => `/${String(step)}`).join("") },
    }));
  });

export function createClarusSandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const accounts = accountsIn(sandbox.store, clarusRequest);
  const app = new Hono();

  // Not documented: the form's fields (RFC 6749, section 4.4) and whether the subdomain is needed here too.
  app.post("/oauth/token", async (context) => {
    const { data: form } = tokenRequest.safeParse(await context.req.parseBody());
    if (!form) return context.json({ error: "invalid_request" }, 400);
    if (form.grant_type !== "client_credentials") return context.json({ error: "unsupported_grant_type" }, 400);
    const { clientId, clientSecret } = credentials.clarus;
    if (form.client_id !== clientId || form.client_secret !== clientSecret)
      return context.json({ error: "invalid_client" }, 401);
    const access_token = await issueToken(sandbox, TOKEN_SECONDS);
    return context.json({ access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS });
  });

  app.use(async (context, next) => {
    if (!(await holdsToken(sandbox, context.req.raw.headers)))
      return refuse(401, "The access token is missing, unknown or expired");
    // "Required for all API requests". Not documented: the answer when it is missing or another tenant's.
    if (context.req.header("X-Clarus-Subdomain") !== credentials.clarus.subdomain)
      return refuse(401, "X-Clarus-Subdomain names no tenant of this token");
    return next();
  });

  const create = async (context: Context, body: unknown): Promise<Response> => {
    // Not documented: what happens to attributes that the page does not name. Refused here, so that a mistake shows.
    const request = clarusRequest.safeParse(body, english);
    if (!request.success) return failure(422, validationFaults(request.error));

    const { code, is_active = true } = request.data.data.attributes;
    const stored = await accounts.insert({
      id: code,
      unique: null,
      createdAt: sandbox.clock.now(),
      account: request.data,
    });
    if (!stored) {
      // Not documented: the status of a duplicate; the vendor's sibling resources answer 422.
      return failure(422, [
        { title: "Duplicate", detail: "Code has already been taken", source: { pointer: "/data/attributes/code" } },
      ]);
    }
    // The page's field table has `email`, its reply does not. Not documented: whether unset attributes come back as null.
    const { email: _unreported, ...attributes } = stored.account.data.attributes;
    const reply = {
      data: { id: stored.sequence, type: "accounts", attributes: { ...attributes, is_active } },
    } satisfies ClarusReply;
    // Not documented: "Account created successfully" stands without its status.
    return context.json(reply, 201);
  };

  app.post(
    "/api/accounts",
    faulty({ sandbox, refuse, named: accountName, reference: "external_system_reference1" }, create),
  );

  app.post("/graphql", async (context) => {
    const body = await readJson(context);
    if (!("value" in body)) return refuse(body.status, body.fault);
    const nodes = (await accounts.list()).map(({ sequence, account }) => ({
      ...account.data.attributes,
      id: String(sequence),
    }));
    // Failures are GraphQL's `errors` under 200.
    return context.json(await answerAccountQuery(nodes, body.value));
  });

  app.notFound(() => refuse(404, "No such resource"));
  app.onError((error) => {
    if (error instanceof ConnectionReset) throw error;
    return refuse(500, "Internal server error");
  });
  return app;
}
