/** The configuration: one variable per connection and per gateway key. */
import * as z from "zod";
import { textFields } from "./account.ts";
import { recordOf } from "./json.ts";

/** A secret, by the name of the variable that holds it; never the secret itself. */
export const secretReference = z.strictObject({
  secret: z.string().regex(/^[A-Z][A-Z0-9_]*$/, { error: "Must be the name of a secret, such as ACME_CLARUS_SECRET" }),
});
export type SecretReference = z.infer<typeof secretReference>;

const secureUrl = z
  .string()
  .refine((value) => URL.canParse(value), { error: "Must be an absolute URL", abort: true })
  .transform((value) => new URL(value))
  .refine((url) => url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)), {
    error: "Must use https; http is for loopback hosts alone",
  })
  .refine((url) => url.username === "" && url.password === "", { error: "Must not hold credentials" });

/** `https` only; plain `http` for loopback hosts alone. No credentials, query or fragment, since paths are put behind it. */
export const serviceUrl = secureUrl
  // An empty query or fragment is told only by its mark.
  .refine((url) => !/[?#]/.test(url.href), { error: "Must have neither query nor fragment" })
  .transform((url) => url.href.replace(/\/+$/, ""));

/** The same for a URL that is used as it stands: a slash at its end, or a query, makes it another resource. */
export const tokenUrl = secureUrl
  .refine((url) => !url.href.includes("#"), { error: "Must have no fragment" })
  .transform((url) => url.href);

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

const scalar = z.union([z.string(), z.int(), z.boolean()], { error: "Must be a string, an integer or a boolean" });

const common = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "Must be lower-case letters, digits and hyphens, at most 63" }),
  base_url: serviceUrl,
  /** Canonical field or `custom.<key>` → one of the vendor's free slots. */
  mapping: recordOf(z.string(), z.string()).default({}),
  /** Canonical field or `custom.<key>` → the value where the caller leaves it out. */
  defaults: recordOf(z.string(), scalar).default({}),
  /** Canonical text field → the fields that fill it where the caller leaves it out, in this order; before a default. */
  fallback: recordOf(z.string(), z.array(textFields).min(1)).default({}),
  handling: z.enum(["strict", "lenient"]).default("strict"),
  require_key: z.boolean().default(true),
  /** Whether a keyed create carries the operation's id where the caller leaves `external_ref` out. */
  stamp: z.boolean().default(true),
  /** How long the vendor's reads may miss a new account. */
  settle_window_ms: z.int().min(0).max(3_600_000).default(180_000),
  /** At most so many asynchronous creates are begun in a second. */
  rate_per_s: z.number().min(0.01).max(1000).default(10),
  /** How long a final operation is remembered. */
  retention_days: z.int().min(1).max(365).default(7),
  /** The whole vendor exchange, body included. */
  timeout_ms: z.int().min(100).max(10_000).default(10_000),
};

/** What the configuration needs to know of a vendor. */
export interface VendorConfiguration {
  vendor: string;
  settings: z.ZodRawShape;
  auth: readonly [z.ZodObject, ...z.ZodObject[]];
}

/** A connection to one vendor: the common members, the vendor's own settings, and the ways it authenticates. */
export function connectionConfiguration({ vendor, settings, auth }: VendorConfiguration) {
  return z.strictObject({
    ...common,
    vendor: z.literal(vendor),
    ...settings,
    auth: z.discriminatedUnion("type", [...auth], {
      error: ({ code }) => (code === "invalid_union" ? "Must have a `type` that the vendor knows" : undefined),
    }),
  });
}

/** What every connection has, whatever its vendor. */
export const connectionCommon = z.object({ ...common, vendor: z.string(), auth: z.unknown() });
/** The members every connection has, with the vendor's own beside them. */
export type Connection = z.infer<typeof connectionCommon> & Record<string, unknown>;

/** The members that shape a connection's table, read on their own: one that cannot be read is passed over. */
export const tableConfiguration = z.object({
  mapping: common.mapping.catch({}),
  defaults: common.defaults.catch({}),
  fallback: common.fallback.catch({}),
});

/** A gateway key: what it is called, by which digests it is known, and which connections it opens. */
export const keyConfiguration = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "Must be lower-case letters, digits and hyphens, at most 63" }),
  sha256: z
    .array(
      z
        .string()
        .regex(/^[0-9a-f]{64}$/i, { error: "Must be the 64 hex digits of the key's SHA-256" })
        .transform((digest) => digest.toLowerCase()),
    )
    .min(1),
  connections: z.array(z.string()),
  operator: z.boolean().default(false),
});
export type GatewayKey = z.infer<typeof keyConfiguration>;
