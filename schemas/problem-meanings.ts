/** What each problem means, as `/problems/{code}` tells it: for readers, and so no part of the Worker. */
import * as z from "zod/mini";
import {
  effects,
  origins,
  type ProblemCode,
  problemCodes,
  type ProblemKind,
  problemKinds,
  retries,
} from "./problem.ts";

/** What happened. */
const meanings: Record<ProblemCode, string> = {
  invalid_json:
    "The body is not JSON in UTF-8 (RFC 8259), or breaks a rule of I-JSON (RFC 7493): a member stands twice, a string is not valid Unicode, or values are nested too deeply. Nothing was sent to a vendor.",
  connection_required: "Your gateway key opens more than one connection, or none, and the request does not name one.",
  idempotency_key_required:
    "This connection creates accounts only with an Idempotency-Key, so that a retry cannot create a second one.",
  invalid_idempotency_key:
    "An Idempotency-Key is 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 9651 §3.3.3).",
  invalid_header: "A header has a value that the gateway does not know how to honour.",
  invalid_query: "The query has a parameter, or a value of one, that this route does not know.",
  unauthenticated: "The request has no gateway key, or one that is not known here.",
  operator_required:
    "Only a gateway key with `operator = true` may resolve an operation or check a connection. Nothing was changed.",
  connection_not_found:
    "No connection of that id is open to your gateway key. Whether another key may use it is not told.",
  not_found:
    "Nothing is served at this path; or it names an operation that is not yours, that never was, or that is remembered no longer.",
  method_not_allowed: "The path exists, but not for this method.",
  account_exists: "The vendor refused the account as a duplicate of one that it holds. This request created nothing.",
  operation_in_progress:
    "A request with the same Idempotency-Key is being carried out, or is queued. This one sent nothing; the other may create the account.",
  operation_needs_review:
    "An earlier request with the same Idempotency-Key may have created an account, and the vendor cannot be asked whether it did. It is not sent again until a person has looked.",
  operation_not_in_review: "Only an operation whose state is `needs_review` can be resolved. Nothing was changed.",
  body_too_large: "A body may have at most 64 KiB.",
  unsupported_media_type: "The gateway reads `application/json` in UTF-8 and nothing else.",
  invalid_account:
    "Members of the body are unknown, missing, or hold values that cannot be accepted. Nothing was sent to the vendor.",
  unsupported_field:
    "The vendor has no place for a field of the body, and the connection's mapping gives it none. Nothing was sent.",
  missing_field:
    "The vendor requires a field that neither the body nor the connection's defaults and fallback fill. Nothing was sent.",
  idempotency_key_reused:
    "The key was used on this connection for a body that differs, or before the connection led to another tenant. This request sent nothing; what became of the first one is not told.",
  invalid_resolution: "The body does not say what became of the operation. Nothing was changed.",
  vendor_rejected: "The vendor read the request and refused it. No account was created.",
  vendor_rate_limited: "The vendor refused the request because there were too many. No account was created.",
  queue_full:
    "Your gateway key has 1,000 creates waiting in the connection's queue, which is the most it may have. This request kept and sent nothing.",
  too_many_operations:
    "The ledger remembers as many operations of your gateway key as the connection allows (`operations_per_key`). This request kept and sent nothing; keys that are remembered already are answered as ever.",
  internal_error: "The gateway met a fault of its own before anything was sent to the vendor.",
  misconfigured: "The connection's configuration has faults, so it is out of use. Other connections are not affected.",
  vendor_auth_failed:
    "The vendor does not accept the connection's credentials, or they lack a permission. Your gateway key is fine; no account was created.",
  vendor_contract_violation:
    "The vendor answered with success, but its body is no account of yours: it has no id, or does not repeat what was sent. An account may exist.",
  vendor_unavailable:
    "The vendor failed before the account was sent, or something in front of it answered, or two lookups showed no such account. None was created.",
  ledger_unavailable:
    "The gateway could not read what it has written down, or write down what it was to do. This request sent nothing to the vendor; what became of an earlier one with the same Idempotency-Key cannot be told.",
  outcome_unknown:
    "The account was handed to the vendor and no answer came that tells what became of it. An account may exist; the gateway did not send it again.",
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
    .check(z.describe("What holds instead where the request had no Idempotency-Key.")),
});

export function problemKindOf(code: ProblemCode): z.infer<typeof problemKind> {
  const kind: ProblemKind = problemKinds[code];
  return { code, ...kind, meaning: meanings[code] };
}
