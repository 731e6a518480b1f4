/** "Get All Accounts": https://elasticpath.dev/docs/api/accounts/get-v-2-accounts */
import * as z from "zod/mini";
import type { ElasticPathList } from "../schemas/elastic-path.ts";
import type { StoredElasticPathAccount } from "./elastic-path-account.ts";
import { parseFilter, passes, type Condition } from "./elastic-path-filter.ts";

const defaultLimit = 25;
const maxLimit = 100;
const maxOffset = 10_000;

const attributes = ["created_at", "id", "name", "updated_at"] as const;

const filterQuery = z.pipe(
  z.string(),
  z.transform((filter, context): Condition[] => {
    const conditions = parseFilter(filter);
    if (conditions) return conditions;
    context.issues.push({ code: "custom", input: filter, message: "The filter is not valid" });
    return z.NEVER;
  }),
);

/** Not documented: the answer to a limit above the maximum. The sandbox refuses it. */
export const listQuery = z.object({
  filter: z.optional(filterQuery),
  sort: z.optional(z.templateLiteral([z.enum(["", "-"]), z.enum(attributes)])),
  "page[limit]": z._default(z.coerce.number().check(z.int(), z.minimum(0), z.maximum(maxLimit)), defaultLimit),
  "page[offset]": z._default(z.coerce.number().check(z.int(), z.minimum(0), z.maximum(maxOffset)), 0),
});
export type ListQuery = z.infer<typeof listQuery>;

/** The value of an attribute that a filter or sort names; `null` if it is not text. */
const valueOf = (account: StoredElasticPathAccount, attribute: string): string | null =>
  z.catch(z.nullable(z.string()), null).parse({ ...account, ...account.meta.timestamps }[attribute] ?? null);

function sorted(accounts: StoredElasticPathAccount[], sort: string): StoredElasticPathAccount[] {
  const attribute = sort.replace("-", "");
  const direction = sort.startsWith("-") ? -1 : 1;
  const key = (account: StoredElasticPathAccount) => valueOf(account, attribute) ?? "";
  return accounts.toSorted((a, b) => (key(a) < key(b) ? -direction : key(a) > key(b) ? direction : 0));
}

/** The requested page. Not documented: the order without a `sort`. */
export function listAccounts(accounts: StoredElasticPathAccount[], query: ListQuery, url: URL): ElasticPathList {
  const { filter = [], sort, "page[limit]": limit, "page[offset]": offset } = query;
  const found = accounts.filter((account) =>
    filter.every((condition) => passes(condition, valueOf(account, condition.attribute))),
  );
  const total = found.length;
  const pages = limit === 0 ? 0 : Math.ceil(total / limit);

  const pageAt = (start: number): string => {
    const page = new URL(url);
    page.searchParams.set("page[limit]", String(limit));
    page.searchParams.set("page[offset]", String(start));
    return page.href;
  };
  return {
    data: (sort === undefined ? found : sorted(found, sort)).slice(offset, offset + limit),
    meta: {
      page: { limit, offset, current: limit === 0 ? 0 : Math.floor(offset / limit), total: pages },
      results: { total },
    },
    // The specification contradicts itself: the link to a page that does not exist is both a string and `null`. The
    // sandbox leaves out such a link.
    links: {
      current: pageAt(offset),
      first: pageAt(0),
      ...(pages > 1 && { last: pageAt((pages - 1) * limit) }),
      ...(offset + limit < total && limit > 0 && { next: pageAt(offset + limit) }),
      ...(offset > 0 && { prev: pageAt(Math.max(0, offset - limit)) }),
    },
  };
}
