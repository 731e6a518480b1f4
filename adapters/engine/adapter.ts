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
export interface Destination<To extends Pointer = Pointer> {
  to: To;
  /** What the vendor takes beyond the canonical field's own limits. */
  kind?: ValueKind;
  /** The vendor refuses an account without it. */
  required?: true;
  /** The vendor takes `null`. */
  nullable?: true;
  /** The vendor refuses a second account with the same value. */
  unique?: true;
  /** The vendor's page says that it stores text up to this length whole. */
  storedLength?: number;
  /** What the adapter fills in where the caller and the connection leave a required field out. */
  default?: Scalar;
  /** Canonical value and vendor's value, where they differ; the vendor has no others. */
  values?: readonly (readonly [canonical: Scalar, vendor: Scalar])[];
}

/** A field the vendor does not know, of which every account of the vendor has the same value. */
export interface Implied {
  implied: Scalar;
}

/** `mappable`: no home of its own, but a connection's mapping may give it a slot. A field left out is unsupported. */
export type FieldRule<To extends Pointer = Pointer> = Destination<To> | Implied | "mappable";

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

/** How the vendor is asked for the accounts that hold one value. */
export interface Lookup {
  /** The field whose value it asks for. */
  by: TextField;
  request: (value: string) => LookupRequest;
  /**
   * Reads the reply, which need not be an answer to the request; total. `undefined` where it reports an error or cannot
   * be read. The engine compares the records with what was sent.
   */
  read: (reply: Json, value: string) => LookupReply | undefined;
}

export interface LookupRequest {
  method: "GET" | "POST";
  /** Below the connection's base URL. */
  path: string;
  query?: Record<string, string>;
  body?: Json;
}

export interface LookupReply {
  /** Every account that the vendor returned for the value, also one that shows another value: in the shape of its reply to a create. */
  records: Json[];
  /** Whether no further page can hold another. */
  isComplete: boolean;
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
  fields: { readonly [Field in CanonicalField]?: FieldRule<To> } & { readonly name: Destination<To> };
  slots: Readonly<Record<string, Slot>>;
  reply: {
    id: Pointer;
    /** The fields of a create that its reply repeats: one without them, or with other values, is no account of ours. */
    echoes: readonly TextField[];
    /** Each the first of several places. */
    created_at: readonly Pointer[];
    updated_at: readonly Pointer[];
    /** The wrappings that are left out of `vendor_fields`, innermost first. */
    envelopes: readonly Pointer[];
  };
  /** Reads an error body; total. Yields nothing where it reports no error. The engine takes no more than it shows. */
  readErrors: (body: Json) => Iterable<VendorError>;
  /** How to find an account again; the engine chooses by what was sent. Empty where the vendor has no lookup. */
  lookups: readonly Lookup[];
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

/** One thing that is wrong with a configuration: where, and what. */
export interface ConfigurationFault {
  path: string;
  detail: string;
}
