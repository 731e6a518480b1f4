/** Previews: the requests that a create would send over several connections. Sends nothing. */
import { encode, type Handling } from "../../adapters/engine/encode.ts";
import type { AccountRequest } from "../../schemas/account.ts";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Problem } from "../../schemas/documents/problem.ts";
import type { ConnectionEntry } from "../connections/configuration.ts";
import { type ProblemDetails, ProblemException } from "../problem.ts";
import { previewRequest } from "../vendor-client/send-account.ts";
import { encodingProblem } from "./problems.ts";

/** Replaces the operation's id, because only a create generates one. */
const stampPlaceholder = "[operation id]";

const maxPreviews = 100;
/** A page also ends after this many characters: a large account makes long previews. */
const maxPageLength = 512 * 1024;

interface PreviewContext {
  /** `undefined`: use the connection's. */
  handling: Handling | undefined;
  /** Whether the create would have an Idempotency-Key. */
  isKeyed: boolean;
  traceparent: string;
  toProblem: (details: ProblemDetails) => Problem;
}

/** One page of previews, written as the answer's body. `cursor`: the id of the page's first connection. */
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

/** The request that a create over this connection would send, and the problem that would prevent it. */
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
