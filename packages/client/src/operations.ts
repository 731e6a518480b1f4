import type { Account, Operation, OperationList, OperationState, Resolution } from "./documents.ts";
import { checkedTimeoutMs, requiredConnection } from "./check-options.ts";
import { backoffMs } from "./delay.ts";
import { AccountGatewayError, type Failure, type GatewayProblem } from "./problem.ts";
import { objectWith } from "./read-answer.ts";
import { type CallOptions, type Client, hasTimeLeft, pause, type Question, send } from "./send.ts";

export interface ListOptions extends CallOptions {
  connection?: string | undefined;
  state?: OperationState | undefined;
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
}

/** An operation that comes no further by waiting: it is final, or a person has to look. */
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
const readOf = (id: string): Question<Operation> => ({ method: "get", path: pathOf(id), reads: isOperation });

export function operationCalls(client: Client) {
  return {
    /** A create as the gateway remembers it: its state, its history, and its account or problem. */
    get: async (id: string, options: CallOptions = {}): Promise<Operation> => {
      return (await send(client, readOf(id), options)).body;
    },

    /** One page of a connection's operations, newest first. */
    list: async (options: ListOptions = {}): Promise<OperationList> => {
      const { state, cursor } = options;
      const connection = requiredConnection(options.connection ?? client.connection);
      const search = { connection, state, cursor };
      const { body } = await send(
        client,
        { method: "get", path: "v1/operations", search, reads: isOperationList },
        options,
      );
      return body;
    },

    /**
     * Asks, ever less often, until the operation is final or needs a person's review. Throws `still_open` when the time
     * is up, which an operation may well outlast: give it the time that you have.
     */
    wait: async (id: string, options: CallOptions = {}): Promise<SettledOperation> => {
      const { signal, timeoutMs = client.timeoutMs } = options;
      const question: Question<Operation> = {
        ...readOf(id),
        ifUnanswered: { effect: "unknown", retry: "later" },
      };
      const deadlineMs = Date.now() + checkedTimeoutMs(timeoutMs);
      let open: Failure | undefined;
      for (let polls = 1; ; polls += 1) {
        const left = { ...options, timeoutMs: deadlineMs - Date.now() };
        const { body, retryAfterMs } = await send(client, question, left, open);
        if (isSettled(body)) return body;
        open = stillOpen(body);
        const waitMs = retryAfterMs ?? backoffMs(polls);
        if (!hasTimeLeft(deadlineMs, waitMs)) throw new AccountGatewayError(open, null);
        await pause(waitMs, { signal, question });
        if (!hasTimeLeft(deadlineMs)) throw new AccountGatewayError(open, null);
      }
    },

    /** Says what became of an operation that needs a review. For operators' keys; never sent again by itself. */
    resolve: async (id: string, resolution: Resolution, options: CallOptions = {}): Promise<Operation> => {
      const question = {
        method: "post",
        path: `${pathOf(id)}/resolve`,
        body: JSON.stringify(resolution),
        reads: isOperation,
      } as const;
      // It has no key and changes the operation, so it is sent once.
      return (await send(client, question, { ...options, maxAttempts: 1 })).body;
    },
  };
}

function stillOpen({ id, state }: Operation): Failure {
  const detail = `The operation is still ${state}: wait for it again`;
  return {
    problem: { code: "still_open", detail, effect: "unknown", retry: "later", operation: id },
    retryAfterMs: null,
    requestId: null,
  };
}
