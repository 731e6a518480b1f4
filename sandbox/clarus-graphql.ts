/** Answers the account query of Clarus's GraphQL endpoint with the `graphql` package. */
import { buildSchema, graphql, type ExecutionResult } from "graphql";
import * as z from "zod/mini";

// Not documented: the names of the inner types, and everything except the account query.
const schema = buildSchema(`
  input StringFilterType { eq: String ilike: String like: String in: [String!] between: [String!] }
  input AccountFilterType { code: StringFilterType name: StringFilterType }
  type Account { id: ID! code: String! name: String! external_system_reference1: String }
  type AccountEdge { node: Account! }
  type AccountConnection { edges: [AccountEdge!]! }
  type Accounts { all(filter: AccountFilterType): AccountConnection! }
  type Query { accounts: Accounts! }
`);

const queryBody = z.object({
  query: z.string(),
  variables: z.nullish(z.record(z.string(), z.unknown())),
  operationName: z.nullish(z.string()),
});

const conditions = z.partial(
  z.object({
    eq: z.string(),
    like: z.string(),
    ilike: z.string(),
    in: z.array(z.string()),
    between: z.tuple([z.string(), z.string()]),
  }),
);

const filterArgument = z.object({
  filter: z.nullish(z.object({ code: z.nullish(conditions), name: z.nullish(conditions) })),
});

interface AccountNode {
  id: string;
  code: string;
  name: string;
  external_system_reference1?: string | undefined;
}

/** Matches an SQL pattern: `%` matches any text, and `_` matches any character. */
const matchesLike = (value: string, pattern: string, flags: string): boolean => {
  const wildcards = new Map([
    ["%", ".*"],
    ["_", "."],
  ]);
  const source = pattern.replaceAll(/[%_]|[^%_]+/g, (part) => wildcards.get(part) ?? RegExp.escape(part));
  return new RegExp(`^${source}$`, `su${flags}`).test(value);
};

/** Not documented: how several conditions combine. The sandbox requires all of them. */
const passes = (value: string, { eq, like, ilike, in: anyOf, between }: z.infer<typeof conditions>): boolean =>
  (eq === undefined || value === eq) &&
  (like === undefined || matchesLike(value, like, "")) &&
  (ilike === undefined || matchesLike(value, ilike, "i")) &&
  (anyOf === undefined || anyOf.includes(value)) &&
  (between === undefined || (between[0] <= value && value <= between[1]));

export async function answerAccountQuery(
  accounts: AccountNode[],
  body: unknown,
): Promise<ExecutionResult | { errors: { message: string }[] }> {
  const request = queryBody.safeParse(body);
  if (!request.success) return { errors: [{ message: "The body needs a query" }] };

  const all = (argument: unknown) => {
    const { code, name } = filterArgument.parse(argument).filter ?? {};
    const nodes = accounts.filter((account) => passes(account.code, code ?? {}) && passes(account.name, name ?? {}));
    return { edges: nodes.map((node) => ({ node })) };
  };
  return graphql({
    schema,
    source: request.data.query,
    rootValue: { accounts: { all } },
    variableValues: request.data.variables,
    operationName: request.data.operationName,
  });
}
