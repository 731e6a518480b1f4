/** What an adapter is: a table of homes, and the few things that no table can say. */
import * as z from "zod/mini";
import type { CanonicalField, Scalar, TextField } from "../../schemas/account.ts";
import type { Connection, SecretReference } from "../../schemas/connection.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import type { Auth } from "./auth.ts";
import type { ValueKind } from "./value-kind.ts";

/** The pointers to the leaves of a vendor's body, by its wire shape; any pointer where no shape is given. */
type LeafPointer<Body> = unknown extends Body
  ? Pointer
  : {
      [Member in keyof Body & string]-?: NonNullable<Body[Member]> extends object
        ? `/${Member}${LeafPointer<NonNullable<Body[Member]>>}`
        : `/${Member}`;
    }[keyof Body & string];

/** A canonical field's home in the vendor's body: written once, read in both directions. */
export interface Home<To extends Pointer = Pointer> {
  to: To;
  /** What the vendor takes beyond the canonical field's own limits. */
  kind?: ValueKind;
  /** The vendor refuses an account without it. */
  required?: true;
  /** The vendor takes `null`. */
  nullable?: true;
  /** The vendor refuses a second account with the same value. */
  unique?: true;
  /** What the adapter fills in where the caller and the connection leave a required field out. */
  otherwise?: Scalar;
  /** Canonical value and vendor's value, where they differ; the vendor has no others. */
  values?: readonly (readonly [canonical: Scalar, vendor: Scalar])[];
}

/** A field the vendor does not know, of which every account of the vendor has the same value. */
export interface Implied {
  implied: Scalar;
}

/** `mappable`: no home of its own, but a connection's mapping may give it a slot. A field left out is unsupported. */
export type FieldRule<To extends Pointer = Pointer> = Home<To> | Implied | "mappable";

/** A free slot of the vendor's body, reached by a connection's mapping or by `vendor_options`. */
export interface Slot {
  to: Pointer;
  kind: ValueKind;
}

/** One error as the vendor reports it. */
export interface VendorError {
  title?: string | undefined;
  detail?: string | undefined;
  /** Into the vendor's own body, where the vendor tells. */
  pointer?: string | undefined;
}

/** The leaves of a sent body that a lookup can go by. */
export interface LookupKeys {
  name: string;
  code?: string | undefined;
  external_ref?: string | undefined;
  registration_id?: string | undefined;
  /** The `external_ref` is the operation's own id: whatever else an account says, no other carries it. */
  isStamped?: boolean;
}

/**
 * What a lookup shows: `unreadable` proves nothing, `absent` only that this read did not show it. A record has the shape
 * of the vendor's answer to a create.
 */
export type LookupVerdict =
  | { verdict: "ours"; record: Json }
  /** Somebody else's account has the value that was looked up. */
  | { verdict: "taken" }
  | { verdict: "candidates"; records: Json[] }
  | { verdict: "absent" }
  | { verdict: "unreadable" };

export interface Lookup {
  /** Whether what is found can be told to be ours, or is for a person to judge. */
  finds: "account" | "candidates";
  /** The field whose sent value it asks for. */
  by: TextField;
  method: "GET" | "POST";
  path: string;
  query?: Record<string, string>;
  body?: Json;
  read: (reply: Json) => LookupVerdict;
}

/** One way of authenticating: what the configuration says, and the {@link Auth} it comes to. */
export interface AuthScheme {
  schema: z.ZodMiniObject;
  authenticate: (auth: unknown, context: AuthContext) => Auth;
}

export interface AuthContext {
  /** Without a trailing slash. */
  baseUrl: string;
  reveal: (secret: SecretReference) => string;
}

interface Definition<Settings extends z.core.$ZodShape, To extends Pointer> {
  /** The vendor's name on the wire. */
  vendor: string;
  /** The vendor's name in prose. */
  title: string;
  /** What a connection must say beside the common members. */
  settings: Settings;
  headers: (settings: z.infer<z.ZodMiniObject<Settings>>) => Record<string, string>;
  auth: readonly [AuthScheme, ...AuthScheme[]];
  /** `POST`ed to, below the connection's base URL. */
  path: string;
  constants: Readonly<Partial<Record<To, Scalar>>>;
  fields: { readonly [Field in CanonicalField]?: FieldRule<To> } & { readonly name: Home<To> };
  slots: Readonly<Record<string, Slot>>;
  reply: {
    id: Pointer;
    /** Each the first of several places. */
    created_at: readonly Pointer[];
    updated_at: readonly Pointer[];
    /** The wrappings that are left out of `vendor_fields`, innermost first. */
    envelopes: readonly Pointer[];
  };
  /** Reads an error body; total. An empty list where it reports no error. */
  readErrors: (body: Json) => VendorError[];
  /** How to find an account again, or `undefined` where these keys cannot tell. */
  lookup: (keys: LookupKeys) => Lookup | undefined;
}

export type Adapter = Omit<Definition<z.core.$ZodShape, Pointer>, "constants" | "headers"> & {
  constants: Readonly<Record<Pointer, Scalar>>;
  headers: (connection: Connection) => Record<string, string>;
};

/**
 * Makes an adapter of its definition: `defineAdapter<Body>()({ … })`, where `Body` is the wire shape of the vendor's body,
 * and the table's pointers must lead to its leaves. What depends on the vendor's own settings is typed inside and closed over here.
 */
export function defineAdapter<Body = unknown>() {
  return <Settings extends z.core.$ZodShape>(definition: Definition<Settings, LeafPointer<Body>>): Adapter => {
    const settings = z.object(definition.settings);
    return { ...definition, headers: (connection) => definition.headers(settings.parse(connection)) };
  };
}
