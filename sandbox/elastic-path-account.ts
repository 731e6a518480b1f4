import * as z from "zod/mini";
import { elasticPathAccount } from "../schemas/elastic-path.ts";
import { elasticPathRequest } from "../schemas/documents/elastic-path.ts";

/** "The maximum length is 2048 characters", and the same of 63 for `registration_id`. */
const bounds = { external_ref: 2048, registration_id: 63 };

const { data } = elasticPathRequest.shape;

/** The body of a create with the bounds that the guide states in prose and the specification leaves out. */
export const createRequest = z.object({
  // Not documented: what happens to unknown members. Refused here, so that a mistake shows.
  data: z.extend(data, {
    name: data.shape.name.check(z.minLength(1)),
    registration_id: z.nullish(z.string().check(z.maxLength(bounds.registration_id))),
    external_ref: z.nullish(z.string().check(z.maxLength(bounds.external_ref))),
  }),
});

const reference = z.object({ data: z.object({ type: z.literal("account"), id: z.string() }) });
export const referenceTo = (id: string): z.infer<typeof reference> => ({ data: { type: "account", id } });

/** An account as the sandbox keeps it: whatever was not given is `null`. */
export const keptAccount = z.extend(
  z.required(elasticPathAccount, { legal_name: true, registration_id: true, external_ref: true, parent_id: true }),
  {
    meta: z.object({ timestamps: z.object({ created_at: z.string(), updated_at: z.string() }) }),
    relationships: z.object({ parent: z.optional(reference), ancestors: z.array(reference) }),
  },
);
export type KeptAccount = z.infer<typeof keptAccount>;

/** The parent in the page's example request, so that the example works. It can be read and is not listed. */
export const exampleParent: KeptAccount = {
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

/** `registration_id` as the vendor's server would name it in Go: `RegistrationID`. */
const goName = (path: PropertyKey[]): string =>
  String(path.at(-1) ?? "Body")
    .split("_")
    .map((word) => (word === "id" ? "ID" : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join("");

/** The validator's tag for each kind of fault; the page shows `min` alone. */
const tags = new Map<string, string>([
  ["too_small", "min"],
  ["too_big", "max"],
  ["invalid_format", "uuid"],
  ["invalid_value", "eq"],
  ["unrecognized_keys", "unknown"],
]);

/** One sentence per fault, in the words of the page's one example. */
export const validationFaults = ({ issues }: z.core.$ZodError): string[] =>
  issues.flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map(
      (path) => `Validation failed: field '${goName(path)}' on the '${tags.get(issue.code) ?? "required"}' tag.`,
    );
  });
