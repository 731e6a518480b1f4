import * as z from "zod/mini";
import { droppable } from "./droppable.ts";
import { scalar } from "./account.ts";
import { pointerSchema } from "./json.ts";

/** How far a connection carries one canonical field. */
export const fieldCapability = /* @__PURE__ */ droppable(() =>
  z.object({
    support: z
      .enum(["required", "supported", "mapped", "implied", "unsupported"])
      .check(z.describe("`implied`: the vendor knows only the value in `values`, and is not sent it.")),
    to: z.nullable(pointerSchema).check(z.describe("Where it goes in the vendor's body.")),
    max_length: z.nullable(z.int()),
    values: z
      .nullable(z.array(z.union([z.string(), z.boolean()])))
      .check(z.describe("The only values that are accepted.")),
    kind: z
      .nullable(z.enum(["string", "integer", "boolean", "datetime", "uuid"]))
      .check(z.describe("What a value must be; `null` where none can be sent.")),
    format: z.nullable(z.string()).check(z.describe("JSON Schema's `format`.")),
    fallback: z.array(z.string()).check(z.describe("The fields that fill it where it is left out, in this order.")),
    default: scalar.check(z.describe("The value where neither it nor its fallback is there.")),
    mappable_to: z.array(z.string()).check(z.describe("The free slots that the connection's mapping could give it.")),
  }),
);
export type FieldCapability = z.infer<typeof fieldCapability>;

export const guaranteeLevel = /* @__PURE__ */ droppable(() =>
  z
    .enum(["exactly_once", "reconciled", "at_most_once"])
    .check(
      z.describe(
        "`exactly_once`: the vendor itself refuses a second one. `reconciled`: a create of unknown outcome is looked up before anything is sent again. `at_most_once`: it is left to a person.",
      ),
    ),
);
export type GuaranteeLevel = z.infer<typeof guaranteeLevel>;

/** What a keyed create is promised, and what the promise rests on. */
export const guarantee = /* @__PURE__ */ droppable(() => z.object({ level: guaranteeLevel, assumption: z.string() }));
export type Guarantee = z.infer<typeof guarantee>;

export const connectionDescription = /* @__PURE__ */ droppable(() =>
  z.object({
    id: z.string(),
    vendor: z.nullable(z.string()),
    status: z.enum(["ready", "misconfigured"]),
    handling: z.nullable(z.enum(["strict", "lenient"])),
    require_key: z.nullable(z.boolean()),
    guarantee: z.nullable(guarantee).check(z.describe("Of creates with an Idempotency-Key.")),
    fields: z
      .record(z.string(), fieldCapability)
      .check(z.describe("Per canonical field and per mapped `custom.<key>`.")),
  }),
);
export type ConnectionDescription = z.infer<typeof connectionDescription>;

/** The answer of `POST /v1/connections/{id}/check`. */
export const connectionCheck = /* @__PURE__ */ droppable(() =>
  z.object({
    reachable: z.boolean().check(z.describe("A complete answer came.")),
    authorized: z
      .nullable(z.boolean())
      .check(z.describe("The vendor takes the connection's credentials; `null`: that was not told.")),
    lookup: z
      .nullable(z.boolean())
      .check(z.describe("Accounts can be looked up, as is done after an unknown outcome; `null`: that was not told.")),
    detail: z.nullable(z.string()).check(z.describe("What is wrong, and what to do; `null` where nothing is.")),
  }),
);
export type ConnectionCheck = z.infer<typeof connectionCheck>;

/** The answer of `GET /v1/connections`. */
export const connectionList = /* @__PURE__ */ droppable(() =>
  z.object({ connections: z.array(connectionDescription) }),
);
