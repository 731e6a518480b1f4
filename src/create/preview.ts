/** What a create would send: encodes an account for several connections, and sends nothing. */
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import type { Preview } from "../../schemas/preview.ts";
import type { Problem } from "../../schemas/problem.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { type ProblemDetails, ProblemException } from "../problem.ts";
import { previewRequest } from "../vendor-client/send-account.ts";
import { encodingProblem } from "./problems.ts";

/** In place of the operation's id, which only the create makes. */
const stampPlaceholder = "[operation id]";

/** A page's limits. Without the second one, a large account over many connections would make a very large answer. */
const maxPreviews = 100;
const maxPageLength = 512 * 1024;

interface PreviewContext {
  /** The request's own; without one, the connection's applies. */
  handling: Handling | undefined;
  /** Whether the create would have an Idempotency-Key. */
  isKeyed: boolean;
  traceparent: string;
  toProblem: (details: ProblemDetails) => Problem;
}

/** One page of previews, as the body of an answer. The cursor is the id of the connection that the page begins with. */
export function previewPage(
  entries: readonly ConnectionEntry[],
  cursor: string | undefined,
  previewOf: (entry: ConnectionEntry) => Preview,
): string {
  const first = cursor === undefined ? 0 : entries.findIndex(({ id }) => id === cursor);
  if (first === -1)
    throw new ProblemException({ code: "invalid_query", detail: "`cursor`: Must be a `next_cursor` of a preview" });
  const shown: string[] = [];
  let length = 0;
  for (const entry of entries.slice(first)) {
    if (shown.length === maxPreviews || length >= maxPageLength) break;
    const text = JSON.stringify(previewOf(entry));
    length += text.length;
    shown.push(text);
  }
  const next = entries[first + shown.length]?.id ?? null;
  return `{"previews":[${shown.join(",")}],"next_cursor":${JSON.stringify(next)}}`;
}

/** What one connection would send, or why it would refuse to. */
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
  const stamp = isKeyed || plan.connection.require_key ? stampPlaceholder : undefined;
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
