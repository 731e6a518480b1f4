import type { Account } from "../../../schemas/documents/account.ts";
import type { AccountRequest } from "../../../schemas/account.ts";
import type { OperationDocument } from "../../../schemas/documents/operation.ts";
import type { Preview } from "../../../schemas/documents/preview.ts";
import { checkedWord, quotedIdempotencyKey } from "./check-options.ts";
import { objectWith } from "./read-answer.ts";
import { type CallOptions, type Client, send } from "./send.ts";

interface AccountOptions extends CallOptions {
  /** What becomes of a field that the connection cannot carry: refused, or dropped with a warning. */
  handling?: "strict" | "lenient" | undefined;
}

export interface PreviewOptions extends AccountOptions {
  /** `null`: every connection that the key opens. */
  connection?: string | null | undefined;
}

export interface CreateOptions extends AccountOptions {
  connection?: string | undefined;
  /** One for each account that is to be: the same key never creates a second. Made where none is given. */
  idempotencyKey?: string | undefined;
  /** What the account tells beside its fields. */
  include?: readonly ("fields" | "vendor_response")[] | undefined;
  /** Leaves the sending to the gateway, and answers before it is done. */
  respondAsync?: boolean | undefined;
}

interface CreateResult {
  idempotencyKey: string;
  /** For whoever looks into the gateway's log. */
  requestId: string | null;
}

export interface Created extends CreateResult {
  kind: "created";
  account: Account;
  /** Whether it was created before this call, under the same key. */
  isReplay: boolean;
}

/** Only with `respondAsync`. `operations.wait` follows it. */
export interface Accepted extends CreateResult {
  kind: "accepted";
  operation: OperationDocument;
}

const isAccount = objectWith<Account>("id", "vendor");
const isOperation = objectWith<OperationDocument>("id", "state", "history");
/** Of an older gateway, which shows all at once, without `next_cursor`. */
const isPreviews = objectWith<{ previews: Preview[]; next_cursor?: string | null }>("previews");

export function accountCalls(client: Client) {
  function create(
    account: AccountRequest,
    options?: CreateOptions & { respondAsync?: false | undefined },
  ): Promise<Created>;
  function create(account: AccountRequest, options: CreateOptions): Promise<Created | Accepted>;
  async function create(account: AccountRequest, options: CreateOptions = {}): Promise<Created | Accepted> {
    const { connection, idempotencyKey = crypto.randomUUID(), handling, include, respondAsync = false } = options;
    const { body, headers } = await send(
      client,
      {
        method: "post",
        path: "v1/accounts",
        search: { include: include?.join(",") },
        headers: {
          ...headersOf({ connection: connection ?? client.connection, handling, respondAsync }),
          "Idempotency-Key": quotedIdempotencyKey(idempotencyKey),
        },
        body: JSON.stringify(account),
        reads: (answer) => isOperation(answer) || isAccount(answer),
        idempotencyKey,
        ifUnanswered: { effect: "unknown", retry: "same_key" },
      },
      options,
    );
    const result = { idempotencyKey, requestId: headers.get("X-Request-Id") };
    return isOperation(body)
      ? { ...result, kind: "accepted", operation: body }
      : { ...result, kind: "created", account: body, isReplay: headers.get("Idempotent-Replayed") === "true" };
  }

  return {
    /**
     * Creates an account, once for each idempotency key: where nobody answers, or the answer allows it, the same request
     * is sent again under the same key, until what became of it is known or the time is up.
     */
    create,

    /** What each connection would be sent for a create, and where every field goes. Nothing is sent. */
    preview: async (account: AccountRequest, options: PreviewOptions = {}): Promise<Preview[]> => {
      const { connection = client.connection, handling } = options;
      const question = {
        method: "post",
        path: "v1/accounts/preview",
        // Every create of this client has a key; which one does not show in a preview.
        headers: { ...headersOf({ connection, handling }), "Idempotency-Key": "preview" },
        body: JSON.stringify(account),
        reads: isPreviews,
      } as const;
      const previews: Preview[] = [];
      for (let cursor: string | undefined; ;) {
        const { body } = await send(client, { ...question, search: { cursor } }, options);
        previews.push(...body.previews);
        cursor = body.next_cursor ?? undefined;
        if (cursor === undefined) return previews;
      }
    },
  };
}

interface Asked {
  connection: string | null | undefined;
  handling: AccountOptions["handling"];
  respondAsync?: boolean;
}

function headersOf({ connection, handling, respondAsync = false }: Asked): Record<string, string> {
  const preferences = [...(handling ? [`handling=${handling}`] : []), ...(respondAsync ? ["respond-async"] : [])];
  return {
    ...(connection && { "Gateway-Connection": checkedWord("connection", connection) }),
    ...(preferences.length > 0 && { Prefer: preferences.join(", ") }),
  };
}
