/** What the author of an adapter needs, for a vendor that the gateway does not know: `account-gateway/adapter-kit`. */
export {
  type Adapter,
  type AuthScheme,
  defineAdapter,
  type FieldRule,
  type Home,
  type Implied,
  type Lookup,
  type LookupKeys,
  type LookupVerdict,
  type Slot,
  type VendorError,
} from "../adapters/engine/adapter.ts";
export { alike } from "../adapters/engine/alike.ts";
export { bearer, clientCredentials, rawKey, session } from "../adapters/engine/auth.ts";
export { readErrors } from "../adapters/engine/read-errors.ts";
export { type Json, jsonSchema, type Pointer } from "../schemas/json.ts";
export type { AdapterFixtures, Example, LookupRecord } from "./fixtures.ts";
export { testAdapter } from "./test-adapter.ts";
