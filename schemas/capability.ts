import * as z from "zod";
import { scalar } from "./account.ts";
import { pointerSchema } from "./json.ts";

/** How far a connection carries one canonical field. */
export const fieldCapability = z.object({
  support: z
    .enum(["required", "supported", "mapped", "implied", "unsupported"])
    .meta({ description: "`implied`: the vendor knows only the value in `values`, and is not sent it." }),
  to: pointerSchema.nullable().meta({ description: "Where it goes in the vendor's body." }),
  max_length: z.int().nullable(),
  values: z
    .array(z.union([z.string(), z.boolean()]))
    .nullable()
    .meta({ description: "The only values that are accepted." }),
  kind: z
    .enum(["string", "integer", "boolean", "datetime", "uuid"])
    .nullable()
    .meta({ description: "What a value must be; `null` where none can be sent." }),
  format: z.string().nullable().meta({ description: "JSON Schema's `format`." }),
  fallback: z.array(z.string()).meta({ description: "The fields that fill it where it is left out, in this order." }),
  default: scalar.meta({ description: "The value where neither it nor its fallback is there." }),
  mappable_to: z.array(z.string()).meta({ description: "The free slots that the connection's mapping could give it." }),
});
export type FieldCapability = z.infer<typeof fieldCapability>;

export const guaranteeLevel = z.enum(["exactly_once", "reconciled", "at_most_once"]).meta({
  description:
    "`exactly_once`: the vendor itself refuses a second one. `reconciled`: a create of unknown outcome is looked up before anything is sent again. `at_most_once`: it is left to a person.",
});
export type GuaranteeLevel = z.infer<typeof guaranteeLevel>;

/** What a keyed create is promised, and what the promise rests on. */
export const guarantee = z.object({ level: guaranteeLevel, assumption: z.string() });
export type Guarantee = z.infer<typeof guarantee>;

export const connectionDescription = z.object({
  id: z.string(),
  vendor: z.string().nullable(),
  status: z.enum(["ready", "misconfigured"]),
  handling: z.enum(["strict", "lenient"]).nullable(),
  require_key: z.boolean().nullable(),
  guarantee: guarantee.nullable().meta({ description: "Of creates with an Idempotency-Key." }),
  fields: z
    .record(z.string(), fieldCapability)
    .meta({ description: "Per canonical field and per mapped `custom.<key>`." }),
});
export type ConnectionDescription = z.infer<typeof connectionDescription>;
