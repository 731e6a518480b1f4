import type { Account, AccountRequest, Operation, Preview } from "./documents.ts";
import { objectWith } from "./answer.ts";
import { checkedHeaderValue, quotedIdempotencyKey } from "./options.ts";
import { type CallOptions, type Client, send } from "./send.ts";

interface AccountOptions extends CallOptions {
  /** If the connection does not support a field, `strict` refuses the account. `lenient` drops the field with a warning. */
  handling?: "strict" | "lenient" | undefined;
}

export interface PreviewOptions extends AccountOptions {
  /** `null`: every connection of the key. */
  connection?: string | null | undefined;
  /** Previews `createWithoutKey` instead of `create`. */
  withoutKey?: boolean | undefined;
}

export interface CreateWithoutKeyOptions extends AccountOptions {
  connection?: string | undefined;
  /** Members to add to the returned account. */
  include?: readonly ("fields" | "vendor_response")[] | undefined;
}

export interface CreateOptions extends CreateWithoutKeyOptions {
  /** Use one key per account: a key never creates a second account. The default is a random UUID. */
  idempotencyKey?: string | undefined;
  /** The gateway answers at once and sends the account later. */
  respondAsync?: boolean | undefined;
}

interface CreateResult {
  /** Identifies the request in the gateway's log. */
  requestId: string | null;
}

export interface CreatedWithoutKey extends CreateResult {
  kind: "created";
  account: Account;
}

export interface Created extends CreatedWithoutKey {
  idempotencyKey: string;
  /** Whether an earlier call with the same key created the account. */
  isReplay: boolean;
}

/** Only with `respondAsync`. Pass the operation to `operations.wait`. */
export interface Accepted extends CreateResult {
  kind: "accepted";
  idempotencyKey: string;
  operation: Operation;
}

const hasAccount = objectWith<Account>("id", "vendor");
const hasOperation = objectWith<Operation>("id", "state", "history");
/** Checks the status too, because `hasAccount` also accepts an operation. */
const isAccount = (body: unknown, status: number): body is Account => status !== 202 && hasAccount(body);
const isAccepted = (body: unknown, status: number): body is Operation => status === 202 && hasOperation(body);
const isAccountOrAccepted = (body: unknown, status: number): body is Account | Operation =>
  isAccount(body, status) || isAccepted(body, status);
/** An older gateway sends all previews at once, without `next_cursor`. */
const isPreviews = objectWith<{ previews: Preview[]; next_cursor?: string | null }>("previews");

/** A string must be JSON. The client sends it unchanged. */
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
    const { body, status, headers } = await send<Account | Operation>(
      client,
      {
        method: "post",
        path,
        search: { include: include?.join(",") },
        headers: { ...headersFor(options, respondAsync), "Idempotency-Key": quotedIdempotencyKey(idempotencyKey) },
        body: jsonOf(account),
        isExpected: respondAsync === true ? isAccountOrAccepted : isAccount,
        idempotencyKey,
        ifUnanswered: { effect: "unknown", retry: "same_key" },
      },
      options,
    );
    const result = { idempotencyKey, requestId: headers.get("X-Request-Id") };
    return isAccepted(body, status)
      ? { ...result, kind: "accepted", operation: body }
      : { ...result, kind: "created", account: body, isReplay: headers.get("Idempotent-Replayed") === "true" };
  }

  return {
    /**
     * Creates an account, once per idempotency key. If no answer comes, or if the answer allows a retry, the client sends the
     * same request again with the same key. It stops when it knows the outcome, or when the time is up.
     */
    create,

    /**
     * Creates an account without an idempotency key. If the outcome is unknown, the client does not send the request again.
     * Then only the vendor's own system shows whether the account exists.
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
          isExpected: isAccount,
          ifUnanswered: { effect: "unknown", retry: "never" },
        },
        options,
      );
      return { kind: "created", account: body, requestId: headers.get("X-Request-Id") };
    },

    /** Shows the request that a create would send over each connection, and where each field goes. Sends nothing. */
    preview: async (account: AccountOrJson, options: PreviewOptions = {}): Promise<Preview[]> => {
      const { connection = client.connection, handling, withoutKey = false } = options;
      const call = {
        method: "post",
        path: "v1/accounts/preview",
        headers: {
          ...headersOf({ connection, handling }),
          // The preview depends on whether there is a key, but not on the key's value.
          ...(!withoutKey && { "Idempotency-Key": "preview" }),
        },
        body: jsonOf(account),
        isExpected: isPreviews,
      } as const;
      const previews: Preview[] = [];
      for (let cursor: string | undefined; ;) {
        const { body } = await send(client, { ...call, search: { cursor } }, options);
        previews.push(...body.previews);
        cursor = body.next_cursor ?? undefined;
        if (cursor === undefined) return previews;
      }
    },
  };
}

interface CreateHeaders {
  connection: string | null | undefined;
  handling: AccountOptions["handling"];
  respondAsync?: boolean;
}

function headersOf({ connection, handling, respondAsync = false }: CreateHeaders): Record<string, string> {
  const preferences = [...(handling ? [`handling=${handling}`] : []), ...(respondAsync ? ["respond-async"] : [])];
  return {
    ...(connection && { "Gateway-Connection": checkedHeaderValue("connection", connection) }),
    ...(preferences.length > 0 && { Prefer: preferences.join(", ") }),
  };
}
