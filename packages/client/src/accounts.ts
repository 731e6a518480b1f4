import type { Account, AccountRequest, Operation, Preview } from "./documents.ts";
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
  /** Previews `createWithoutKey` in place of `create`. */
  withoutKey?: boolean | undefined;
}

export interface CreateWithoutKeyOptions extends AccountOptions {
  connection?: string | undefined;
  /** What the account tells beside its fields. */
  include?: readonly ("fields" | "vendor_response")[] | undefined;
}

export interface CreateOptions extends CreateWithoutKeyOptions {
  /** One for each account that is to be: the same key never creates a second. Made where none is given. */
  idempotencyKey?: string | undefined;
  /** Leaves the sending to the gateway, and answers before it is done. */
  respondAsync?: boolean | undefined;
}

interface CreateResult {
  /** For whoever looks into the gateway's log. */
  requestId: string | null;
}

export interface CreatedWithoutKey extends CreateResult {
  kind: "created";
  account: Account;
}

export interface Created extends CreatedWithoutKey {
  idempotencyKey: string;
  /** Whether it was created before this call, under the same key. */
  isReplay: boolean;
}

/** Only with `respondAsync`. `operations.wait` follows it. */
export interface Accepted extends CreateResult {
  kind: "accepted";
  idempotencyKey: string;
  operation: Operation;
}

const isAccount = objectWith<Account>("id", "vendor");
const isOperation = objectWith<Operation>("id", "state", "history");
/** Of an older gateway, which shows all at once, without `next_cursor`. */
const isPreviews = objectWith<{ previews: Preview[]; next_cursor?: string | null }>("previews");

/** A string is JSON and is sent as it is. */
type AccountOrJson = AccountRequest | string;
const jsonOf = (account: AccountOrJson): string => (typeof account === "string" ? account : JSON.stringify(account));

export function accountCalls(client: Client) {
  const path = "v1/accounts";
  const headersFor = ({ connection = client.connection, handling }: CreateWithoutKeyOptions, respondAsync = false) =>
    headersOf({ connection, handling, respondAsync });

  function create(
    account: AccountOrJson,
    options?: CreateOptions & { respondAsync?: false | undefined },
  ): Promise<Created>;
  function create(account: AccountOrJson, options: CreateOptions): Promise<Created | Accepted>;
  async function create(account: AccountOrJson, options: CreateOptions = {}): Promise<Created | Accepted> {
    const { idempotencyKey = crypto.randomUUID(), include, respondAsync } = options;
    const { body, headers } = await send(
      client,
      {
        method: "post",
        path,
        search: { include: include?.join(",") },
        headers: { ...headersFor(options, respondAsync), "Idempotency-Key": quotedIdempotencyKey(idempotencyKey) },
        body: jsonOf(account),
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

    /**
     * Creates an account without an idempotency key. If the outcome is unknown, the client does not send the request again,
     * and only a look into the vendor's system shows whether the account exists.
     */
    createWithoutKey: async (
      account: AccountOrJson,
      options: CreateWithoutKeyOptions = {},
    ): Promise<CreatedWithoutKey> => {
      const { body, headers } = await send(
        client,
        {
          method: "post",
          path,
          search: { include: options.include?.join(",") },
          headers: headersFor(options),
          body: jsonOf(account),
          reads: isAccount,
          ifUnanswered: { effect: "unknown", retry: "never" },
        },
        options,
      );
      return { kind: "created", account: body, requestId: headers.get("X-Request-Id") };
    },

    /** What each connection would be sent for a create, and where every field goes. Nothing is sent. */
    preview: async (account: AccountOrJson, options: PreviewOptions = {}): Promise<Preview[]> => {
      const { connection = client.connection, handling, withoutKey = false } = options;
      const question = {
        method: "post",
        path: "v1/accounts/preview",
        headers: {
          ...headersOf({ connection, handling }),
          // A preview differs for a create with a key, but not by the key's value.
          ...(!withoutKey && { "Idempotency-Key": "preview" }),
        },
        body: jsonOf(account),
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
