/** `@account-gateway/adapter-kit`: tools to write an adapter. */
export {
  type Adapter,
  type BodyEncoding,
  defineAdapter,
  type Destination,
  type FieldRule,
  type IdempotencyKey,
  type Implied,
  type Lookup,
  type LookupReply,
  type LookupRequest,
  type Slot,
  type VendorError,
  type VendorReply,
  type WireShape,
} from "../../../adapters/engine/adapter.ts";
export { type AuthScheme, bearer, clientCredentials, rawKey, session } from "../../../adapters/engine/auth.ts";
export { isShown, textComparer, type TextComparison } from "../../../adapters/engine/compare-text.ts";
export { arrayAt, bracketForm, join, split } from "../../../adapters/engine/shapes.ts";
export { readEnglish, readErrors } from "../../../adapters/engine/vendor-errors.ts";
export { type Json, jsonValue as jsonSchema, type Pointer } from "../../../schemas/json.ts";
export type { AdapterFixtures, Answer, Example, LookupRecord } from "./fixtures.ts";
export { testAdapter } from "./test-adapter.ts";
