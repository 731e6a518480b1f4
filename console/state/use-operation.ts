/** Polls an operation until it is final or needs a person's review. */
import { useEffect, useState } from "preact/hooks";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import { sleep } from "../../schemas/sleep.ts";
import { type Answer, canRepeat, type Failure, type Gateway } from "../gateway/gateway.ts";
import { openStates } from "../labels.ts";
import { openSession } from "./session.ts";

/** Most operations end within seconds, some only after hours. */
const pausesMs = [500, 1000, 1000, 2000, 2000, 3000];
const longestPauseMs = 5000;

export interface FollowedOperation {
  operation: OperationDocument | null;
  failure: Failure | null;
  readAgain: () => void;
  /** Shows the operation from the answer to another request. */
  show: (operation: OperationDocument) => void;
}

/** Starts again when `version` changes. */
export function useOperation(id: string, version = 0): FollowedOperation {
  const { gateway } = openSession.value;
  const [operation, setOperation] = useState<OperationDocument | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [retries, setRetries] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const show = (answer: Answer<OperationDocument>) => {
      setFailure(answer.kind === "failure" ? answer.failure : null);
      if (answer.kind === "success") setOperation(answer.body);
    };
    void follow(gateway, id, show, controller.signal);
    return () => controller.abort();
  }, [gateway, id, version, retries]);
  return { operation, failure, show: setOperation, readAgain: () => setRetries(retries + 1) };
}

async function follow(
  gateway: Gateway,
  id: string,
  show: (answer: Answer<OperationDocument>) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let reads = 0; ; reads += 1) {
    const answer = await gateway.operation(id, signal);
    if (signal.aborted) return;
    show(answer);
    const goesOn = answer.kind === "success" ? openStates.has(answer.body.state) : canRepeat(answer.failure);
    if (!goesOn) return;
    await sleep(pausesMs[reads] ?? longestPauseMs, signal);
  }
}
