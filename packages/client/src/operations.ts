import type { Account, Operation, OperationList, OperationState, Resolution } from "./documents.ts";
import { objectWith } from "./answer.ts";
import { checkedTimeoutMs, requiredConnection } from "./options.ts";
import { AccountGatewayError, type Failure, type GatewayProblem } from "./problem.ts";
import { backoffMs, type Call, type CallOptions, type Client, hasTimeLeft, pause, send } from "./send.ts";

export interface ListOptions extends CallOptions {
  connection?: string | undefined;
  state?: OperationState | undefined;
  /** The `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

/** An operation that is final or needs a person's review, so waiting longer does not change it. */
export type SettledOperation = Operation &
  (
    | { state: "created"; account: Account }
    | { state: "rejected" | "not_created"; problem: GatewayProblem }
    | { state: "needs_review" }
  );

const settledStates: ReadonlySet<string> = new Set([
  "created",
  "rejected",
  "not_created",
  "needs_review",
] satisfies SettledOperation["state"][]);
const isSettled = (operation: Operation): operation is SettledOperation => settledStates.has(operation.state);

const isOperation = objectWith<Operation>("id", "state");
const isOperationList = objectWith<OperationList>("operations", "next_cursor");

const pathOf = (id: string) => `v1/operations/${encodeURIComponent(id)}`;
const getCall = (id: string): Call<Operation> => ({ method: "get", path: pathOf(id), isExpected: isOperation });

export function operationCalls(client: Client) {
  return {
    /** Reads an operation: its state, its history, and its account or problem. */
    get: async (id: string, options: CallOptions = {}): Promise<Operation> => {
      return (await send(client, getCall(id), options)).body;
    },

    /** Reads one page of a connection's operations, newest first. */
    list: async (options: ListOptions = {}): Promise<OperationList> => {
      const { state, cursor } = options;
      const connection = requiredConnection(options.connection ?? client.connection);
      const search = { connection, state, cursor };
      const { body } = await send(
        client,
        { method: "get", path: "v1/operations", search, isExpected: isOperationList },
        options,
      );
      return body;
    },

    /**
     * Reads the operation again and again, with growing pauses, until it is final or needs a person's review. Throws
     * `still_open` when the time is up. An operation can stay open for hours, so set `timeoutMs` to the time that you have.
     */
    wait: async (id: string, options: CallOptions = {}): Promise<SettledOperation> => {
      const { signal, timeoutMs = client.timeoutMs, retryDelayMs = client.retryDelayMs ?? backoffMs } = options;
      const call: Call<Operation> = {
        ...getCall(id),
        ifUnanswered: { effect: "unknown", retry: "later" },
      };
      const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
      let earlier: Failure | undefined;
      for (let polls = 1; ; polls += 1) {
        const timeLeft = { ...options, timeoutMs: deadlineMs - Date.now() };
        const { body, retryAfterMs } = await send(client, call, timeLeft, earlier);
        if (isSettled(body)) return body;
        earlier = stillOpen(body);
        const waitMs = retryAfterMs ?? retryDelayMs(polls);
        if (!hasTimeLeft(deadlineMs, waitMs)) throw new AccountGatewayError(earlier, null);
        await pause(waitMs, signal, call);
        if (!hasTimeLeft(deadlineMs)) throw new AccountGatewayError(earlier, null);
      }
    },

    /** Resolves an operation in review. Needs an operator's key. The client does not retry this call. */
    resolve: async (id: string, resolution: Resolution, options: CallOptions = {}): Promise<Operation> => {
      const call = {
        method: "post",
        path: `${pathOf(id)}/resolve`,
        body: JSON.stringify(resolution),
        isExpected: isOperation,
      } as const;
      return (await send(client, call, { ...options, maxAttempts: 1 })).body;
    },
  };
}

function stillOpen({ id, state }: Operation): Failure {
  const detail = `The operation is still ${state}: call \`operations.wait\` again`;
  return {
    kind: "failure",
    problem: { code: "still_open", detail, effect: "unknown", retry: "later", operation: id },
    retryAfterMs: null,
    requestId: null,
  };
}
