/** The configuration: one variable per connection and per gateway key. */
import * as z from "zod/mini";
import { textFields } from "./account.ts";
import { recordOf } from "./json.ts";

/** Names the variable that holds a secret. The secret itself is never in the configuration. */
export const secretReference = z.strictObject(
  {
    secret: z
      .string()
      .check(z.regex(/^[A-Z][A-Z0-9_]*$/, { error: "Must be the name of a secret, such as ACME_CLARUS_SECRET" })),
  },
  {
    error: ({ input }) =>
      typeof input === "string"
        ? 'Put the secret\'s name here, `{ secret = "NAME" }`, not the secret itself'
        : undefined,
  },
);
export type SecretReference = z.infer<typeof secretReference>;

const secureUrl = z
  .pipe(
    z.string().check(z.refine((value) => URL.canParse(value), { error: "Must be an absolute URL", abort: true })),
    z.transform((value) => new URL(value)),
  )
  .check(
    z.refine((url) => url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)), {
      error: "Must use https; only loopback hosts may use http",
    }),
    z.refine((url) => url.username === "" && url.password === "", { error: "Must not contain credentials" }),
  );

/** An `https` URL, or `http` for a loopback host. It has no credentials, query or fragment, because the engine appends paths to it. */
export const serviceUrl = z.pipe(
  // Only the `href` of a `URL` shows an empty query or fragment.
  secureUrl.check(z.refine((url) => !/[?#]/.test(url.href), { error: "Must not have a query or a fragment" })),
  z.transform((url) => url.href.replace(/\/+$/, "")),
);

/** Like {@link serviceUrl}, but the URL can have a trailing slash or a query. The gateway uses this URL unchanged. */
export const tokenUrl = z.pipe(
  secureUrl.check(z.refine((url) => !url.href.includes("#"), { error: "Must not have a fragment" })),
  z.transform((url) => url.href),
);

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

const scalar = z.union([z.string(), z.int(), z.boolean()], { error: "Must be a string, an integer or a boolean" });

const identifier = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "Must be lower-case letters, digits and hyphens, at most 63" }));

const common = {
  id: identifier,
  base_url: serviceUrl,
  /** Maps a canonical field or `custom.<key>` to a slot of the vendor. */
  mapping: z._default(recordOf(z.string(), z.string()), {}),
  /** Maps a canonical field or `custom.<key>` to its value if the caller leaves the field out. */
  defaults: z._default(recordOf(z.string(), scalar), {}),
  /** Maps a text field to the fields that can fill it, in this order, if the caller leaves it out. Applies before `defaults`. */
  fallback: z._default(recordOf(z.string(), z.array(textFields).check(z.minLength(1))), {}),
  handling: z._default(z.enum(["strict", "lenient"]), "strict"),
  require_key: z._default(z.boolean(), true),
  /** Whether a keyed create sends the UUID of its operation's id as `external_ref` if the caller leaves `external_ref` out. */
  stamp: z._default(z.boolean(), true),
  /** For how long after a create the vendor's reads can miss the account. */
  settle_window_ms: z._default(z.int().check(z.minimum(100), z.maximum(3_600_000)), 180_000),
  /** The largest number of asynchronous creates that the ledger starts per second. */
  rate_per_s: z._default(z.number().check(z.minimum(0.01), z.maximum(1000)), 10),
  /** For how long the ledger stores a final operation. */
  retention_days: z._default(z.int().check(z.minimum(1), z.maximum(365)), 7),
  /** The largest number of operations that the ledger stores for one gateway key. */
  operations_per_key: z._default(z.int().check(z.minimum(1000), z.maximum(5_000_000)), 1_000_000),
  /** The time limit of a request to the vendor, including reading the answer's body. */
  timeout_ms: z._default(z.int().check(z.minimum(100), z.maximum(10_000)), 10_000),
};

/** The part of an adapter that describes its connections' configuration. */
export interface VendorConfiguration {
  vendor: string;
  settings: z.core.$ZodShape;
  auth: readonly [z.ZodMiniObject, ...z.ZodMiniObject[]];
}

/** A connection to one vendor: the common members, the vendor's own settings, and the ways it authenticates. */
export function connectionConfiguration({ vendor, settings, auth }: VendorConfiguration) {
  return z.strictObject({
    ...common,
    vendor: z.literal(vendor),
    ...settings,
    auth: z.discriminatedUnion("type", [...auth], {
      error: ({ code }) => (code === "invalid_union" ? "Must have a `type` that the vendor supports" : undefined),
    }),
  });
}

/** The members that every connection has. */
export const connectionCommon = z.object({ ...common, vendor: z.string(), auth: z.unknown() });
/** A connection: the common members and the vendor's own. */
export type Connection = z.infer<typeof connectionCommon> & Record<string, unknown>;

/** The members that a connection's table depends on. An invalid member counts as empty. */
export const tableConfiguration = z.object({
  mapping: z.catch(common.mapping, {}),
  defaults: z.catch(common.defaults, {}),
  fallback: z.catch(common.fallback, {}),
});

/** A gateway key: its name, the digests of its secrets, and the connections that it can use. */
export const keyConfiguration = z.strictObject({
  name: identifier,
  sha256: z
    .array(
      z.pipe(
        z.string().check(z.regex(/^[0-9a-f]{64}$/i, { error: "Must be the 64 hex digits of the key's SHA-256" })),
        z.transform((digest) => digest.toLowerCase()),
      ),
    )
    .check(z.minLength(1)),
  connections: z.array(z.string()),
  operator: z._default(z.boolean(), false),
});
export type GatewayKey = z.infer<typeof keyConfiguration>;
