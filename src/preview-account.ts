import { encode, type Handling } from "../adapters/engine/encode.ts";
import type { AccountRequest } from "../schemas/account.ts";
import type { Preview } from "../schemas/preview.ts";
import type { Problem } from "../schemas/problem.ts";
import type { ConnectionEntry } from "./configuration.ts";
import { encodingProblem } from "./encoding-problem.ts";
import type { ProblemDetails } from "./problem.ts";
import { previewRequest } from "./vendor/send.ts";

/** Stands where the create will carry its operation's id. */
const stampToBe = "[operation id]";

interface PreviewContext {
  /** Of the request; where there is none, the connection's own counts. */
  handling: Handling | undefined;
  /** Whether the create would have an Idempotency-Key. */
  isKeyed: boolean;
  traceparent: string;
  toProblem: (details: ProblemDetails) => Problem;
}

/** What one connection would send, and why it would not; nothing is sent. */
export function previewAccount(
  entry: ConnectionEntry,
  account: AccountRequest,
  { handling, isKeyed, traceparent, toProblem }: PreviewContext,
): Preview {
  const { id, plan } = entry;
  const vendor = entry.vendor ?? null;
  if (plan === undefined) {
    return { connection: id, vendor, request: null, fields: [], problems: [toProblem({ code: "misconfigured" })] };
  }
  const stamp = isKeyed || plan.connection.require_key ? stampToBe : undefined;
  const encoded = encode(plan, account, handling ?? plan.connection.handling, stamp);
  const fault = encodingProblem(encoded);
  return {
    connection: id,
    vendor,
    request: previewRequest(plan, encoded, traceparent),
    fields: encoded.fields,
    problems: fault === undefined ? [] : [toProblem(fault)],
  };
}
