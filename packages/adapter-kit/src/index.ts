/** `@account-gateway/adapter-kit`: what the author of an adapter needs. */
export {
  type Adapter,
  type AuthScheme,
  defineAdapter,
  type FieldRule,
  type Destination,
  type Implied,
  type Lookup,
  type LookupReply,
  type LookupRequest,
  type Slot,
  type VendorError,
} from "../../../adapters/engine/adapter.ts";
export { bearer, clientCredentials, rawKey, session } from "../../../adapters/engine/auth.ts";
export { isShown, textComparer, type TextComparison } from "../../../adapters/engine/compare-text.ts";
export { readErrors } from "../../../adapters/engine/read-errors.ts";
export { type Json, jsonSchema, type Pointer } from "../../../schemas/json.ts";
export type { AdapterFixtures, Example, LookupRecord } from "./fixtures.ts";
export { testAdapter } from "./test-adapter.ts";
