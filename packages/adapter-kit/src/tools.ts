/** What an adapter uses when it runs. `@account-gateway/server/adapter` is this file, so that a Worker bundles no test suite. */
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
export {
  type AuthScheme,
  basic,
  bearer,
  clientCredentials,
  headerKey,
  hmac,
  queryKey,
  rawKey,
  refreshToken,
  scheme,
  session,
} from "../../../adapters/engine/auth.ts";
export { jwtBearer } from "../../../adapters/engine/auth-jwt.ts";
export { isShown, textComparer, type TextComparison } from "../../../adapters/engine/compare-text.ts";
export { arrayAt, bracketForm, join, split } from "../../../adapters/engine/shapes.ts";
export { hasErrors, readEnglish, readErrors } from "../../../adapters/engine/vendor-errors.ts";
export { readVendorJson } from "../../../adapters/engine/vendor-json.ts";
export { secretReference } from "../../../schemas/connection.ts";
export { type Json, jsonValue as jsonSchema, type Pointer } from "../../../schemas/json.ts";
export { toPath, toPointer, toShortPointer, valueAt } from "../../../schemas/json-pointer.ts";
