/** What an adapter uses when it runs. `@account-gateway/server/adapter` is this file, so that a Worker bundles no test suite. */
export {
  type Adapter,
  defineAdapter,
  type Destination,
  type FieldRule,
  type Implied,
  type Lookup,
  type LookupReply,
  type LookupRequest,
  type Slot,
  type VendorError,
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
  session,
} from "../../../adapters/engine/auth.ts";
export { jwtBearer } from "../../../adapters/engine/auth-jwt.ts";
export { isShown, textComparer, type TextComparison } from "../../../adapters/engine/compare-text.ts";
export { readEnglish, readErrors } from "../../../adapters/engine/vendor-errors.ts";
export { type Json, jsonValue as jsonSchema, type Pointer } from "../../../schemas/json.ts";
