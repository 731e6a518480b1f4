import * as z from "zod/mini";
import { pointerSchema } from "../json.ts";

/** What a connection supports for one canonical field. */
export const fieldCapability = z.object({
  support: z
    .enum(["required", "supported", "mapped", "implied", "unsupported"])
    .check(
      z.describe("`implied`: every account of the vendor has the value in `values`, and the gateway does not send it."),
    ),
  to: z.nullable(pointerSchema).check(z.describe("The destination in the vendor's body, as a JSON Pointer.")),
  max_length: z.nullable(z.int()),
  values: z
    .nullable(z.array(z.union([z.string(), z.boolean()])))
    .check(z.describe("The accepted values; `null` if there is no list.")),
  kind: z
    .nullable(z.enum(["string", "integer", "boolean", "datetime", "uuid"]))
    .check(z.describe("The kind of value; `null` if the field cannot be sent.")),
  format: z.nullable(z.string()).check(z.describe("JSON Schema's `format`.")),
  fallback: z
    .array(z.string())
    .check(z.describe("The fields that fill this field, in this order, if the request leaves it out.")),
  default: z
    .union([z.string(), z.number(), z.boolean(), z.null()])
    .check(z.describe("The value if the request and the fallback have none.")),
  mappable_to: z.array(z.string()).check(z.describe("The free slots that a mapping could use for this field.")),
});
export type FieldCapability = z.infer<typeof fieldCapability>;

export const guaranteeLevel = z
  .enum(["exactly_once", "reconciled", "at_most_once"])
  .check(
    z.describe(
      "What prevents a second account after an unknown outcome. `exactly_once`: the vendor prevents a second account. `reconciled`: the gateway looks up the account before it sends the request again. `at_most_once`: the gateway sends nothing until an operator decides.",
    ),
  );
export type GuaranteeLevel = z.infer<typeof guaranteeLevel>;

/** The guarantee of a keyed create, and the assumption that it depends on. */
export const guarantee = z.object({ level: guaranteeLevel, assumption: z.string() });
export type Guarantee = z.infer<typeof guarantee>;

export const connectionDescription = z.object({
  id: z.string(),
  vendor: z.nullable(z.string()),
  status: z.enum(["ready", "misconfigured"]),
  handling: z.nullable(z.enum(["strict", "lenient"])),
  require_key: z.nullable(z.boolean()),
  guarantee: z.nullable(guarantee).check(z.describe("For creates with an Idempotency-Key.")),
  fields: z.record(z.string(), fieldCapability).check(z.describe("Per canonical field and per mapped `custom.<key>`.")),
});
export type ConnectionDescription = z.infer<typeof connectionDescription>;

/** The answer of `POST /v1/connections/{id}/check`. */
export const connectionCheck = z.object({
  reachable: z.boolean().check(z.describe("The vendor gave a complete answer.")),
  authorized: z
    .nullable(z.boolean())
    .check(z.describe("The vendor accepts the connection's credentials; `null` if the answer does not show it.")),
  lookup: z
    .nullable(z.boolean())
    .check(
      z.describe(
        "The gateway can look accounts up, as it does after an unknown outcome; `null` if the answer does not show it.",
      ),
    ),
  detail: z.nullable(z.string()).check(z.describe("What is wrong, and what to do; `null` if nothing is wrong.")),
});
export type ConnectionCheck = z.infer<typeof connectionCheck>;

/** The answer of `GET /v1/connections`. */
export const connectionList = z.object({ connections: z.array(connectionDescription) });
