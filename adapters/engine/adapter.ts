/** The type of an adapter: a table with the destination of each field, and functions for the rest. */
import * as z from "zod/mini";
import { type CanonicalField, canonicalFieldNames, type Scalar, type TextField } from "../../schemas/account.ts";
import type { Connection } from "../../schemas/connection.ts";
import type { Json, Pointer } from "../../schemas/json.ts";
import { isObject, type JsonObject } from "../../schemas/json-pointer.ts";
import type { AuthScheme } from "./auth.ts";
import type { ValueKind } from "./value-kind.ts";

/**
 * The pointers to the leaves of a vendor's body type, to its arrays, and to the leaves of their items. If the type is
 * `unknown`, every pointer is allowed.
 */
type LeafPointer<Body> = unknown extends Body
  ? Pointer
  : { [Member in keyof Body & string]-?: MemberPointer<Member, NonNullable<Body[Member]>> }[keyof Body & string];

type MemberPointer<Member extends string, Value> = Value extends readonly (infer Item)[]
  ? `/${Member}` | `/${Member}${MemberPointer<`${number}`, NonNullable<Item>>}`
  : Value extends object
    ? `/${Member}${LeafPointer<Value>}`
    : `/${Member}`;

/**
 * Where a canonical field goes in the vendor's body. The engine uses it for requests and for replies. In `to`, `{name}` stands
 * for the connection's setting of this name.
 */
export interface Destination<To extends Pointer = Pointer> {
  to: To;
  /** The kind of value that the vendor accepts, if it is narrower than the canonical field. */
  kind?: ValueKind;
  /** The vendor refuses an account without this field. */
  required?: true;
  /** The vendor accepts `null`. */
  nullable?: true;
  /** The vendor refuses a second account with the same value. */
  unique?: true;
  /** The vendor documents that it stores text of up to this length unchanged. */
  storedLength?: number;
  /** The value for a required field if neither the caller nor the connection gives one. */
  default?: Scalar;
  /** Maps canonical values to the vendor's values, if they differ. The vendor accepts no other values. */
  values?: readonly (readonly [canonical: Scalar, vendor: Scalar])[];
}

/** A canonical field that the vendor does not have. Every account of the vendor has this value. */
export interface Implied {
  implied: Scalar;
  to?: never;
}

/**
 * An adapter's rule for a canonical field. `mappable`: the vendor has no such field, but a connection can map it to a slot. A
 * field without a rule is unsupported.
 */
export type FieldRule<To extends Pointer = Pointer> = Destination<To> | Implied | "mappable";

/** A {@link FieldRule} with a `kind`, for the engine. */
export type FieldSupport =
  | { kind: "destination"; destination: Destination }
  | { kind: "implied"; value: Scalar }
  | { kind: "mappable" }
  | { kind: "unsupported" };

/** A member of the vendor's body that has no canonical field. A connection's mapping or `vendor_options` fills it. */
export interface Slot {
  to: Pointer;
  kind: ValueKind;
}

/** One error as the vendor reports it. */
export interface VendorError {
  title?: string | null | undefined;
  detail?: string | null | undefined;
  /** A pointer into the vendor's body, if the vendor gives one. */
  pointer?: string | undefined;
  /**
   * Whether the error means a duplicate: the vendor already has this account, or another account has the same value in
   * the field that the error is about. `undefined` if the adapter cannot tell. In that case, the gateway looks up the
   * account before it answers the caller.
   */
  isDuplicate?: boolean | undefined;
  /**
   * Set if the text may report a duplicate of something other than the account, such as a header. In that case,
   * `isDuplicate` counts only if the engine finds the account's field that the error is about.
   */
  needsField?: boolean | undefined;
  /** English text. If `pointer` names no field, the engine looks for a field's name in this text. */
  prose?: string | undefined;
}

/** How to search the vendor's accounts for a value of one field. */
export interface Lookup {
  /** The field to search by. */
  by: TextField;
  request: (value: string, connection: Connection) => LookupRequest;
  /**
   * Accepts any JSON and never throws. Returns `undefined` if the reply reports an error or is unreadable. The engine
   * compares the records with the account that it sent.
   */
  read: (reply: Json, value: string) => LookupReply | undefined;
  /**
   * Whether an answer with another status than 200 means that there is no such account, such as the vendor's own 404. A proxy
   * can also answer 404, so check the body too. Default: no such answer.
   */
  isAbsent?: (reply: VendorReply) => boolean;
}

export interface LookupRequest {
  method: "GET" | "POST";
  /** Appended to the connection's base URL. Starts with `/`, so that it cannot change the host. */
  path: `/${string}`;
  query?: Record<string, string>;
  body?: Json;
}

/** A complete answer of the vendor, before the engine reads it. */
export interface VendorReply {
  status: number;
  /** The names are lower-case. */
  headers: Readonly<Record<string, string>>;
  /** `undefined` if the body is empty or not JSON. */
  body: Json | undefined;
}

/** How a body becomes text, if not as JSON. */
export interface BodyEncoding {
  contentType: string;
  write: (body: JsonObject) => string;
}

/**
 * A difference between the body in the table and the body on the wire, such as a field that the vendor splits in two. The two
 * functions are inverse to each other, pure, and accept any JSON.
 */
export interface WireShape {
  toWire: (body: JsonObject) => JsonObject;
  fromWire: (body: JsonObject) => JsonObject;
  /** The table's pointer for a pointer on the wire. */
  toTable?: (pointer: string) => string;
}

/** The vendor's own idempotency key: it answers a repeated create with its first answer. */
export interface IdempotencyKey {
  /** The header that carries the key. The gateway sends the operation's stamp: the UUID of its id, without hyphens. */
  header: string;
  /** For how long the vendor remembers a key, counted from the first request with the key that it processes. */
  lifetimeMs: number;
  /** The statuses that mean that the first request with this key is still in progress. */
  inProgressStatuses: readonly number[];
}

export interface LookupReply {
  /**
   * The accounts, in the shape of the reply to a create. If the vendor can search by the value, return every account in
   * the reply, because an account with another value is evidence too. If the vendor cannot search, return only the
   * accounts that match the value.
   */
  records: Json[];
  /** Whether this reply is the last page. */
  isComplete: boolean;
}

interface Definition<Settings extends z.core.$ZodShape, To extends Pointer> {
  /** The vendor's name on the wire. */
  vendor: string;
  /** The vendor's name in prose. */
  title: string;
  /** The members of a connection to this vendor, in addition to the common ones. */
  settings: Settings;
  headers: (settings: z.infer<z.ZodMiniObject<Settings>>) => Record<string, string>;
  auth: readonly [AuthScheme, ...AuthScheme[]];
  /** Default: `POST`. */
  method?: "POST" | "PUT";
  /** The path of the create, below the connection's base URL. `{name}` stands for the connection's setting of this name. */
  path: string;
  /** Default: JSON. */
  encoding?: BodyEncoding;
  /** Left out if the vendor has no idempotency key of its own. */
  idempotencyKey?: IdempotencyKey;
  /** Where the body on the wire differs from the table. The first shape applies first. */
  shapes?: readonly WireShape[];
  /** Members of the body that are the same for every account. */
  constants: Readonly<Partial<Record<To, Json>>>;
  fields: { readonly [Field in CanonicalField]?: FieldRule<To> } & { readonly name: Destination<To> };
  slots: Readonly<Record<string, Slot>>;
  /** The slot of any other name, if the vendor's customers name their own members. `undefined`: the name cannot be a slot. */
  openSlot?: (name: string) => Slot | undefined;
  reply: {
    /**
     * Makes the usual form of an answer from its status, headers and body, such as a body with the id from `Location`. Accepts
     * any answer and never throws. Default: the answer as it is.
     */
    normalise?: (reply: VendorReply) => VendorReply;
    /**
     * The read request that asks for the result, if the answer says that the vendor creates the account later, such as a 202.
     * The gateway passes each later answer to it too. If such an answer is an error of 400 or more that it does not follow, the
     * gateway asks again. `undefined`: the answer is final. Default: every answer is final.
     */
    follow?: (reply: VendorReply) => LookupRequest | undefined;
    id: Pointer;
    /** The fields that the reply to a create repeats. If one is missing or different, the reply is not about our account. */
    repeats: readonly TextField[];
    /** The engine reads the first of these pointers that has a value. */
    created_at: readonly Pointer[];
    updated_at: readonly Pointer[];
    /** The objects around an account's members, innermost first. `vendor_fields` leaves them out. */
    envelopes: readonly Pointer[];
  };
  /** Accepts any JSON and never throws. Yields nothing if the body reports no error. The engine reads the first 100 errors. */
  readErrors: (body: Json) => Iterable<VendorError>;
  /** How to find an account again, the best lookup first. Empty if the vendor has none. */
  lookups: readonly Lookup[];
}

/** An adapter as {@link defineAdapter} returns it. */
export type Adapter = Omit<Definition<z.core.$ZodShape, Pointer>, "constants" | "fields" | "headers"> & {
  constants: Readonly<Record<Pointer, Json>>;
  fields: Readonly<Record<CanonicalField, FieldSupport>>;
  headers: (connection: Connection) => Record<string, string>;
};

/**
 * Makes an adapter from its definition: `defineAdapter<Body>()({ … })`. `Body` is the type of the request body of the
 * vendor's create. The table accepts only pointers to the leaves of `Body`. The returned type does not contain the
 * types of the vendor's settings.
 */
export function defineAdapter<Body = unknown>() {
  return <Settings extends z.core.$ZodShape>(definition: Definition<Settings, LeafPointer<Body>>): Adapter => {
    const settings = z.object(definition.settings);
    const fields = Object.fromEntries(
      canonicalFieldNames.options.map((field) => [field, supportOf(definition.fields[field])]),
    ) as Record<CanonicalField, FieldSupport>;
    return { ...definition, fields, headers: (connection) => definition.headers(settings.parse(connection)) };
  };
}

function supportOf(rule: FieldRule | undefined): FieldSupport {
  if (rule === undefined) return { kind: "unsupported" };
  if (rule === "mappable") return { kind: "mappable" };
  return rule.to === undefined ? { kind: "implied", value: rule.implied } : { kind: "destination", destination: rule };
}

/** The destination of a field in the vendor's body; `undefined` if the vendor has no such field. */
export function destinationOf({ fields }: Adapter, field: CanonicalField): Destination | undefined {
  const support = fields[field];
  return support.kind === "destination" ? support.destination : undefined;
}

/** Whether the vendor refuses a second account with the same value of the field. */
export const isUnique = (adapter: Adapter, field: CanonicalField): boolean =>
  destinationOf(adapter, field)?.unique === true;

/** The body of a reply in the form that the table describes. */
export function fromWire<Body extends Json | undefined>({ shapes = [] }: Adapter, body: Body): Body | JsonObject {
  if (shapes.length === 0 || !isObject(body)) return body;
  return shapes.reduceRight((shown: JsonObject, shape) => shape.fromWire(shown), body);
}

/** A fault in one member of a connection's configuration. */
export interface ConfigurationFault {
  path: string;
  detail: string;
}
