import type { Account } from "../schemas/account.ts";
import type { OperationDocument, OperationList, OperationState, Resolution } from "../schemas/operation.ts";
import { requiredConnection } from "./check-options.ts";
import { backoffMs } from "./delay.ts";
import { AccountGatewayError, type GatewayProblem } from "./problem.ts";
import { objectWith } from "./read-answer.ts";
import { type CallOptions, type Client, pause, type Question, send } from "./send.ts";

export interface ListOptions extends CallOptions {
  connection?: string | undefined;
  state?: OperationState | undefined;
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
}

/** An operation that comes no further by waiting: it is final, or a person has to look. */
export type SettledOperation = OperationDocument &
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
const isSettled = (operation: OperationDocument): operation is SettledOperation => settledStates.has(operation.state);

const isOperation = objectWith<OperationDocument>("id", "state");
const isOperationList = objectWith<OperationList>("operations", "next_cursor");

const pathOf = (id: string) => `v1/operations/${encodeURIComponent(id)}`;
const readOf = (id: string): Question<OperationDocument> => ({ method: "get", path: pathOf(id), reads: isOperation });

export function operationCalls(client: Client) {
  async function get(id: string, options: CallOptions = {}): Promise<OperationDocument> {
    return (await send(client, readOf(id), options)).body;
  }

  /** One page of a connection's operations, newest first. */
  async function list(options: ListOptions = {}): Promise<OperationList> {
    const { state, cursor } = options;
    const connection = requiredConnection(options.connection ?? client.connection);
    const search = { connection, state, cursor };
    return (await send(client, { method: "get", path: "v1/operations", search, reads: isOperationList }, options)).body;
  }

  /** Asks again and again, ever less often, until waiting brings it no further; throws `still_open` when the time is up. */
  async function wait(id: string, options: CallOptions = {}): Promise<SettledOperation> {
    const { signal, timeoutMs = client.timeoutMs } = options;
    const question = readOf(id);
    const deadlineMs = Date.now() + timeoutMs;
    for (let polls = 1; ; polls += 1) {
      const { body } = await send(client, question, { signal, timeoutMs: deadlineMs - Date.now() });
      if (isSettled(body)) return body;
      const waitMs = backoffMs(polls);
      if (Date.now() + waitMs >= deadlineMs) throw stillOpen(body, timeoutMs);
      await pause(waitMs, { signal, question });
    }
  }

  /** Says what became of an operation that needs a review; for operators' keys. Sent once, and never repeated by itself. */
  async function resolve(id: string, resolution: Resolution, options: CallOptions = {}): Promise<OperationDocument> {
    const { body } = await send(
      client,
      {
        method: "post",
        path: `${pathOf(id)}/resolve`,
        body: JSON.stringify(resolution),
        reads: isOperation,
        isOnce: true,
      },
      options,
    );
    return body;
  }

  return { get, list, wait, resolve };
}

function stillOpen({ id, state }: OperationDocument, timeoutMs: number): AccountGatewayError {
  const detail = `The operation is still ${state} after ${timeoutMs} ms: wait for it again`;
  return new AccountGatewayError(
    {
      problem: { code: "still_open", detail, effect: "unknown", retry: "later", operation: id },
      retryAfterMs: null,
      requestId: null,
    },
    null,
  );
}
