/** The files of a new adapter. What still reads `Fill in …` in a value is named by its test; in a comment it is a hint. */
import type { Names } from "./names.ts";

/** By path. */
export const filesOf = (names: Names): Record<string, string> => ({
  [`schemas/${names.file}.ts`]: schema(names),
  [`schemas/documents/${names.file}.ts`]: createSchema(names),
  [`adapters/${names.file}.ts`]: adapter(names),
  [`sandbox/${names.file}.ts`]: sandbox(names),
  [`test/fixtures/${names.file}.ts`]: fixtures(names),
  [`test/adapters/${names.file}.test.ts`]: test(names),
});

const createSchema = ({ value, type }: Names): string => `/** Fill in the vendor, and the address of its page. */
import * as z from "zod/mini";

/** The body of a create: every member that the page lists, and no other. */
export const ${value}Request = z.strictObject({ name: z.string() });
export type ${type}Request = z.infer<typeof ${value}Request>;
`;

const schema = ({
  file,
  value,
  type,
}: Names): string => `/** What the adapter reads of the vendor. Its create: documents/${file}.ts. */
import * as z from "zod/mini";

/** An account as the vendor reports it: only what the gateway reads, \`nullish\` where the page does not promise it. */
export const ${value}Account = z.object({ id: z.string(), name: z.string() });

/** A refusal. */
export const ${value}Error = z.object({ error: z.string() });
export type ${type}Error = z.infer<typeof ${value}Error>;
`;

const adapter = ({
  file,
  vendor,
  value,
  type,
}: Names): string => `/** Fill in the vendor, and the address of its page. */
import type { ${type}Request } from "../schemas/documents/${file}.ts";
import { type Adapter, defineAdapter } from "./engine/adapter.ts";
import { bearer } from "./engine/auth.ts";
import { readErrors } from "./engine/vendor-errors.ts";

export const ${value}: Adapter = defineAdapter<${type}Request>()({
  vendor: "${vendor}",
  title: "Fill in the vendor's name, as it writes it itself",
  // What a connection must say beside the common members, such as its tenant; \`headers\` is given it.
  settings: {},
  headers: () => ({}),
  // Every way of engine/auth.ts that the vendor takes.
  auth: [bearer],
  path: "/Fill in the path of the create, below the base URL",
  // Members of the body that are the same for every account.
  constants: {},
  // A line for each canonical field that the vendor knows: its destination, \`implied\` or \`mappable\`.
  fields: { name: { to: "/name", required: true } },
  // Other members of the body, for a connection's mapping and \`vendor_options\`.
  slots: {},
  reply: {
    id: "/Fill in the pointer to the account's id in the reply to a create",
    // The fields that the reply to a create repeats.
    repeats: ["name"],
    created_at: [],
    updated_at: [],
    envelopes: [],
  },
  // Reads what is common; a vendor with errors of its own make needs a function of its own.
  readErrors,
  // How an account is asked for again by what was sent. Without one, a person settles every unknown outcome.
  lookups: [],
});
`;

const sandbox = ({
  file,
  value,
  type,
}: Names): string => `/** Fill in the vendor, and the address of its page; mark what it leaves open as "Not documented". */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import { ${value}Account, type ${type}Error } from "../schemas/${file}.ts";
import { ${value}Request } from "../schemas/documents/${file}.ts";
import { english } from "./english.ts";
import { ConnectionReset, faulty, type Refuse } from "./faults.ts";
import { withDefaults, type SandboxOptions } from "./options.ts";
import { accountsIn } from "./store.ts";
import { holdsToken } from "./tokens.ts";

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

  // Fill in how the vendor issues tokens, as zendesk.ts does.
  app.use(async (context, next) =>
    (await holdsToken(sandbox, context.req.raw.headers)) ? next() : refuse(401, "Unauthorized"),
  );

  const create = async (context: Context, body: unknown): Promise<Response> => {
    const request = ${value}Request.safeParse(body, english);
    if (!request.success) return refuse(422, request.error.issues.map(({ message }) => message).join("; "));

    // Fill in what the vendor lets no two accounts share.
    const account = { ...request.data, id: sandbox.newId() };
    const stored = await accounts.insert({ id: account.id, unique: null, createdAt: sandbox.clock.now(), account });
    return stored ? context.json(stored.account, 201) : refuse(409, "The account already exists");
  };

  // Fill in the path of the create, the \`reference\` of an account, and the reads that the adapter's lookup asks for.
  app.post("/accounts", faulty({ sandbox, refuse, named: accountName }, create));

  app.notFound(() => refuse(404, "Not found"));
  app.onError((error) => {
    if (error instanceof ConnectionReset) throw error;
    return refuse(500, "Internal server error");
  });
  return app;
}
`;

const fixtures = ({
  file,
  value,
}: Names): string => `import type { AdapterFixtures } from "../../packages/adapter-kit/src/fixtures.ts";
import { ${value}Request } from "../../schemas/documents/${file}.ts";
import { bearer } from "./auth.ts";

export const ${value}Fixtures: AdapterFixtures = {
  settings: {},
  auth: [bearer],
  wireRequest: ${value}Request,
  examples: [
    {
      title: "Fill in what the example of the vendor's page is of",
      account: "Fill in the body of POST /v1/accounts that should become the example",
      request: "Fill in the example's request, member for member",
      reply: "Fill in the page's reply to it; leave \`reply\` and \`reads\` out where it shows none",
      reads: { id: "Fill in what the reply says: the fields that are not null, and the rest in vendor_fields" },
    },
  ],
  rejection: () => "Fill in a rejection as the vendor writes it: (detail, pointer) => ({ … })",
};
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
