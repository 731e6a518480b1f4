/**
 * The files of a new vendor, and its line in the registry. The adapter's test fails and names each value that still says
 * `Fill in …`. No test checks `Fill in …` in a comment.
 */

/** The spellings of a vendor's name in the sources. */
export interface Names {
  /** `acme-crm` */
  file: string;
  /** `acme_crm` */
  vendor: string;
  /** `acmeCrm` */
  value: string;
  /** `AcmeCrm` */
  type: string;
}

/** Throws if the text cannot name a file. */
export function namesOf(file: string): Names {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(file))
    throw new Error("Name the vendor in lower-case letters, digits and hyphens: npm run new-adapter -- acme-crm");
  const type = file
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return { file, vendor: file.replaceAll("-", "_"), value: type.charAt(0).toLowerCase() + type.slice(1), type };
}

/** The text of each file, by path. */
export const filesOf = (names: Names): Record<string, string> => ({
  [`schemas/${names.file}.ts`]: schema(names),
  [`schemas/documents/${names.file}.ts`]: createSchema(names),
  [`adapters/${names.file}.ts`]: adapter(names),
  [`sandbox/${names.file}.ts`]: sandbox(names),
  [`test/fixtures/${names.file}.ts`]: fixtures(names),
  [`test/adapters/${names.file}.test.ts`]: test(names),
  [`docs/vendors/${names.file}.md`]: page(names),
});

/** The registry of vendors. */
export const registry = "sandbox/vendors.ts";

/** The vendor's line in the registry. */
export const registryLine = ({ file, value }: Names): string =>
  `export { ${value}Sandbox as ${value} } from "./${file}.ts";\n`;

const createSchema = ({
  value,
  type,
}: Names): string => `/** Fill in the vendor and the address of its documentation. */
import * as z from "zod/mini";

/** The body of a create: exactly the members that the documentation lists. */
export const ${value}Request = z.strictObject({ name: z.string() });
export type ${type}Request = z.infer<typeof ${value}Request>;
`;

const schema = ({
  file,
  value,
  type,
}: Names): string => `/** The parts of the vendor's replies that the adapter reads. The request of a create is in documents/${file}.ts. */
import * as z from "zod/mini";

/** An account as the vendor reports it: only the members that the adapter reads, \`nullish\` unless documented. */
export const ${value}Account = z.object({ id: z.string(), name: z.string() });

/** An error. */
export const ${value}Error = z.object({ error: z.string() });
export type ${type}Error = z.infer<typeof ${value}Error>;
`;

const adapter = ({
  file,
  vendor,
  value,
  type,
}: Names): string => `/** Fill in the vendor and the address of its documentation. */
import type { ${type}Request } from "../schemas/documents/${file}.ts";
import { type Adapter, defineAdapter } from "./engine/adapter.ts";
import { bearer } from "./engine/auth.ts";
import { readErrors } from "./engine/vendor-errors.ts";

export const ${value}: Adapter = defineAdapter<${type}Request>()({
  vendor: "${vendor}",
  title: "Fill in the vendor's name, in its own spelling",
  // Members of a connection that only this vendor needs, such as a tenant. \`headers\` gets them.
  settings: {},
  headers: () => ({}),
  // The kinds of authentication (engine/auth.ts) that the vendor accepts.
  auth: [bearer],
  // Another method, encoding or shape, and answers without an account: docs/guides/adding-a-vendor.md, "What a table cannot say".
  path: "/Fill in the path of the create, below the base URL",
  // Members of the body that have the same value for every account.
  constants: {},
  // One line for each canonical field that the vendor supports: its destination, \`implied\` or \`mappable\`.
  fields: { name: { to: "/name", required: true } },
  // Other members of the body, which a connection's \`mapping\` and \`vendor_options\` can fill.
  slots: {},
  reply: {
    id: "/Fill in the pointer to the account's id in the reply to a create",
    // The fields that the reply to a create repeats.
    repeats: ["name"],
    created_at: [],
    updated_at: [],
    envelopes: [],
  },
  // Reads common error formats. A vendor with another format needs its own function.
  readErrors,
  // How to find an account after an unknown outcome. Without a lookup, a person resolves each one.
  lookups: [],
});
`;

const sandbox = ({
  file,
  vendor,
  value,
  type,
}: Names): string => `/** Fill in the vendor and the address of its documentation. Comment "Not documented" where the sandbox has to guess. */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { ${value} } from "../adapters/${file}.ts";
import { ${value}Account, type ${type}Error } from "../schemas/${file}.ts";
import { ${value}Request } from "../schemas/documents/${file}.ts";
import { ConnectionReset, type Refuse, withFaults } from "./faults.ts";
import { bearerToken, english, hasValidToken, type SandboxOptions, type VendorSandbox, withDefaults } from "./sandbox.ts";
import { accountsIn } from "./store.ts";

/** Public on purpose, and long enough to be redacted. */
const credentials = { token: "sandbox-${file}-0123456789" } as const;

const accountName = z.pipe(
  z.object({ name: z.string() }),
  z.transform(({ name }) => name),
);

const refuse: Refuse = (status, error, headers = {}) =>
  Response.json({ error } satisfies ${type}Error, { status, headers });

export function create${type}Sandbox(options: SandboxOptions): Hono {
  const sandbox = withDefaults(options);
  const accounts = accountsIn(sandbox.store, ${value}Account);
  const app = new Hono();

  // Fill in how the vendor authenticates. For client credentials, see zendesk.ts.
  app.use(async (context, next) => {
    const { headers } = context.req.raw;
    const isAuthorized = bearerToken(headers) === credentials.token || (await hasValidToken(sandbox, headers));
    return isAuthorized ? next() : refuse(401, "Unauthorized");
  });

  const create = async (context: Context, body: unknown): Promise<Response> => {
    const request = ${value}Request.safeParse(body, english);
    if (!request.success) return refuse(422, request.error.issues.map(({ message }) => message).join("; "));

    // Fill in the value that must be unique, if the vendor has one.
    const account = { ...request.data, id: sandbox.newId() };
    const stored = await accounts.insert({ id: account.id, unique: null, createdAt: sandbox.clock.now(), account });
    return stored ? context.json(stored.account, 201) : refuse(409, "The account already exists");
  };

  // Fill in the path of the create, the member with the \`reference\`, and the reads that the adapter's lookup needs.
  app.post("/accounts", withFaults({ sandbox, refuse, name: accountName }, create));

  app.notFound(() => refuse(404, "Not found"));
  app.onError((error) => {
    if (error instanceof ConnectionReset) throw error;
    return refuse(500, "Internal server error");
  });
  return app;
}

export const ${value}Sandbox = {
  adapter: ${value},
  host: "${file}.sandbox.test",
  create: create${type}Sandbox,
  credentials,
  // The demo connection. Add the vendor's own settings, and a mapping if the vendor has free fields.
  connection: { vendor: "${vendor}", auth: { type: "bearer", token: { secret: "SANDBOX_${vendor.toUpperCase()}_TOKEN" } } },
  secrets: { SANDBOX_${vendor.toUpperCase()}_TOKEN: credentials.token },
} as const satisfies VendorSandbox;
`;

const fixtures = ({
  file,
  value,
}: Names): string => `import type { AdapterFixtures } from "../../packages/adapter-kit/src/fixtures.ts";
import { ${value}Request } from "../../schemas/documents/${file}.ts";
import { bearer } from "./auth.ts";
import type { DemoFixtures } from "./demo.ts";

export const ${value}Fixtures: AdapterFixtures = {
  settings: {},
  auth: [bearer],
  wireRequest: ${value}Request,
  examples: [
    {
      title: "Fill in what the documentation's example shows",
      account: "Fill in the body of POST /v1/accounts that becomes the example",
      request: "Fill in the complete request of the example",
      reply: "Fill in the documented reply, or remove \`reply\` and \`reads\`",
      reads: { id: "Fill in the canonical fields that the reply has, and the rest as vendor_fields" },
    },
  ],
  rejection: () => "Fill in an error in the vendor's format: (detail, pointer) => ({ … })",
};

export const ${value}Demo = {
  // Fill in every field that the demo connection can send.
  account: { name: "Acme Corporation" },
  // Fill in the pointers to those fields that the reply does not have.
  unconfirmed: [],
  status: 201,
  // Fill in the guarantee of a create with a name only.
  guarantee: "at_most_once",
} as const satisfies DemoFixtures;
`;

const test = ({
  file,
  value,
  type,
}: Names): string => `import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { ${value} } from "../../adapters/${file}.ts";
import { create${type}Sandbox } from "../../sandbox/${file}.ts";
import { ${value}Fixtures } from "../fixtures/${file}.ts";
import { testSandbox } from "../sandbox/test-sandbox.ts";

testAdapter(${value}, ${value}Fixtures);
testSandbox({ adapter: ${value}, ...${value}Fixtures }, create${type}Sandbox);
`;

const page = ({ file, vendor }: Names): string => `# Fill in the vendor's name

Fill in what the vendor is, and the route: the gateway creates an account with \`POST /path\`.

- **Vendor's page**: Fill in the link
- **Guarantee**: Fill in what it rests on
- **Adapter**: \`adapters/${file}.ts\`

## Connection

<!-- connection: ${vendor} -->

\`\`\`toml
[vars.CONNECTION_ACME]
id = "acme"
vendor = "${vendor}"
base_url = "https://api.example.com"
auth = { type = "bearer", token = { secret = "ACME_TOKEN" } }
\`\`\`

## Fields

<!-- table: fields-${vendor} -->

| field | support | destination |
| --- | --- | --- |

On \`demo-${file}\`, the [request in the README](../../README.md#one-request-one-dialect-for-each-vendor) becomes this body:

<!-- example: demo-${file} -->

\`\`\`json
{ "name": "Acme Corporation" }
\`\`\`

## Authentication

<!-- table: auth-${vendor} -->

| \`auth.type\` | how it works |
| --- | --- |
| \`bearer\` | a token that you get elsewhere |

## Lookup

<!-- table: lookups-${vendor} -->

| looks up by | and then compares |
| --- | --- |

## Guarantee

On \`demo-${file}\`:

<!-- table: guarantee-${vendor} -->

| guarantee | what it rests on |
| --- | --- |

## What the vendor does not document

- Fill in what you had to guess
`;
