import * as z from "zod/mini";
import { elasticPathAccount } from "../schemas/elastic-path.ts";
import { elasticPathRequest } from "../schemas/documents/elastic-path.ts";

/** The guide says "The maximum length is 2048 characters", and 63 characters for `registration_id`. */
const maxLengths = { external_ref: 2048, registration_id: 63 };

const { data } = elasticPathRequest.shape;

/** The body of a create. Only the guide documents the maximum lengths; the specification does not. */
export const createRequest = z.object({
  // Not documented: what happens to unknown members. The sandbox refuses them, to reveal mistakes.
  data: z.extend(data, {
    name: data.shape.name.check(z.minLength(1)),
    registration_id: z.nullish(z.string().check(z.maxLength(maxLengths.registration_id))),
    external_ref: z.nullish(z.string().check(z.maxLength(maxLengths.external_ref))),
  }),
});

const reference = z.object({ data: z.object({ type: z.literal("account"), id: z.string() }) });
export const referenceTo = (id: string): z.infer<typeof reference> => ({ data: { type: "account", id } });

/** An account as the sandbox stores it. Members that the request left out are `null`. */
export const storedAccount = z.extend(
  z.required(elasticPathAccount, { legal_name: true, registration_id: true, external_ref: true, parent_id: true }),
  {
    meta: z.object({ timestamps: z.object({ created_at: z.string(), updated_at: z.string() }) }),
    relationships: z.object({ parent: z.optional(reference), ancestors: z.array(reference) }),
  },
);
export type StoredElasticPathAccount = z.infer<typeof storedAccount>;

/** The parent account in the documentation's example request. The sandbox can read it by id, but does not list it. */
export const exampleParent: StoredElasticPathAccount = {
  type: "account",
  id: "96b1f750-55d3-4768-a3f8-adffba694a2c",
  name: "acc-parent",
  legal_name: null,
  registration_id: null,
  external_ref: null,
  parent_id: null,
  meta: { timestamps: { created_at: "2021-02-23T09:40:33.882Z", updated_at: "2021-02-23T09:40:33.882Z" } },
  relationships: { ancestors: [] },
};

/** A member's name in the vendor's Go code: `registration_id` is `RegistrationID`. */
const goName = (path: PropertyKey[]): string =>
  String(path.at(-1) ?? "Body")
    .split("_")
    .map((word) => (word === "id" ? "ID" : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join("");

/** The vendor's validation tag for each kind of zod issue. The page shows only the tag `min`. */
const tags = new Map<string, string>([
  ["too_small", "min"],
  ["too_big", "max"],
  ["invalid_format", "uuid"],
  ["invalid_value", "eq"],
  ["unrecognized_keys", "unknown"],
]);

/** Makes one sentence for each error, with the wording of the page's example. */
export const validationErrors = ({ issues }: z.core.$ZodError): string[] =>
  issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map(
      (path) => `Validation failed: field '${goName(path)}' on the '${tags.get(issue.code) ?? "required"}' tag.`,
    );
  });
