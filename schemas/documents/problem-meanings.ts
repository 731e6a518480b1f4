/** The meaning of each problem, for the pages `/problems/{code}`. The Worker does not bundle these texts. */
import * as z from "zod/mini";
import {
  effects,
  origins,
  type ProblemCode,
  problemCodes,
  type ProblemKind,
  problemKinds,
  retries,
} from "../problem.ts";

const meanings: Record<ProblemCode, string> = {
  invalid_json:
    "The body is not JSON in UTF-8 (RFC 8259), or it breaks a rule of I-JSON (RFC 7493): a member is duplicated, a string is not valid Unicode, or values are nested too deeply. The gateway sent nothing to a vendor.",
  connection_required:
    "The request does not name a connection, and your gateway key can use several connections or none.",
  idempotency_key_required:
    "This connection creates accounts only with an Idempotency-Key, so that a retry cannot create a second one.",
  invalid_idempotency_key:
    "An Idempotency-Key is 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 9651 §3.3.3).",
  invalid_header: "A header has a value that the gateway does not support.",
  invalid_query: "The query has a parameter, or a parameter's value, that this route does not support.",
  unauthenticated: "The request has no gateway key, or the gateway does not know the key.",
  operator_required:
    "Only a gateway key with `operator = true` may resolve an operation or check a connection. Nothing was changed.",
  connection_not_found:
    "Your gateway key cannot use a connection with this id. The answer is the same whether or not the connection exists.",
  not_found:
    "There is no route at this path, or the path names an operation that does not exist, belongs to another key, or has expired.",
  method_not_allowed: "The path exists, but it does not support this method.",
  account_exists: "The vendor refused the account because it already has this account. This request created nothing.",
  operation_in_progress:
    "The gateway has queued another request with the same Idempotency-Key, or is processing it. This request sent nothing. The other request may create the account.",
  operation_needs_review:
    "An earlier request with the same Idempotency-Key may have created an account. The gateway cannot find out whether it did, so it sends nothing again until an operator has resolved the operation.",
  operation_not_in_review: "Only an operation whose state is `needs_review` can be resolved. Nothing was changed.",
  body_too_large: "A body may have at most 64 KiB.",
  unsupported_media_type: "The gateway reads only `application/json` in UTF-8.",
  invalid_account:
    "Members of the body are unknown or missing, or have values that are not valid. The gateway sent nothing to the vendor.",
  unsupported_field:
    "The vendor has no such field or does not accept its value, and the connection does not map the field to a slot. The gateway sent nothing to the vendor.",
  missing_field:
    "The vendor requires a field, but neither the body nor the connection's defaults and fallback give it a value. The gateway sent nothing to the vendor.",
  idempotency_key_reused:
    "You used the key on this connection for a different body, or before the connection's target (the vendor's system) changed. This request sent nothing. The answer does not show what happened to the first request.",
  invalid_resolution: "The body is not a valid resolution of the operation. Nothing was changed.",
  vendor_rejected: "The vendor read the request and refused it. No account was created.",
  vendor_rate_limited: "The vendor refused the request because there were too many requests. No account was created.",
  queue_full:
    "Your gateway key already has 1,000 creates in the connection's queue, which is the limit. The gateway did not store or send this request.",
  too_many_operations:
    "The ledger already stores as many operations of your gateway key as the connection allows (`operations_per_key`). The gateway did not store or send this request. You can still repeat requests whose Idempotency-Key the ledger stores.",
  internal_error: "The gateway failed before it sent anything to the vendor.",
  misconfigured: "The connection is disabled because its configuration has faults. Other connections are not affected.",
  vendor_auth_failed:
    "The vendor does not accept the connection's credentials, or they lack a permission. Your gateway key is valid. No account was created.",
  vendor_contract_violation:
    "The vendor answered with a success status, but the answer's body does not describe your account: it has no id, or does not repeat the values that were sent. An account may exist.",
  vendor_unavailable:
    "The request did not reach the vendor, a proxy in front of the vendor answered, or two lookups found no account. No account was created.",
  ledger_unavailable:
    "The gateway could not read or write its record of the operation. This request sent nothing to the vendor. An earlier request with the same Idempotency-Key may have created an account.",
  outcome_unknown:
    "The gateway sent the account to the vendor, and no answer shows whether the vendor created it. An account may exist. The gateway did not send it again.",
};

export const problemKind = z.object({
  code: problemCodes,
  status: z.int(),
  title: z.string(),
  origin: z.enum(origins),
  effect: z.enum(effects).check(z.describe("Whether an account may exist.")),
  retry: z.enum(retries),
  meaning: z.string().check(z.describe("What happened.")),
  remedy: z.string().check(z.describe("What to do next.")),
  unkeyed: z
    .optional(z.object({ retry: z.enum(retries), remedy: z.string() }))
    .check(z.describe("What applies if the request had no Idempotency-Key.")),
});

export function problemKindOf(code: ProblemCode): z.infer<typeof problemKind> {
  const kind: ProblemKind = problemKinds[code];
  return { code, ...kind, meaning: meanings[code] };
}
