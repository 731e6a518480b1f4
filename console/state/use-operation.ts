/** An operation, read again until it is final or waits for a person. */
import { useEffect, useState } from "preact/hooks";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Answer, Failure } from "../gateway/request.ts";
import { openStates } from "../words.ts";
import { open } from "./session.ts";

/** Most operations are settled within seconds; one that is not may take a day. */
const pausesMs = [500, 1000, 1000, 2000, 2000, 3000];
const longestPauseMs = 5000;

export interface Followed {
  operation: OperationDocument | null;
  failure: Failure | null;
  askAgain: () => void;
  /** Shows what was answered elsewhere. */
  show: (operation: OperationDocument) => void;
}

/** `round`: whatever makes it worth asking again when it changes. */
export function useOperation(id: string, round: unknown = null): Followed {
  const { gateway } = open.value;
  const [operation, setOperation] = useState<OperationDocument | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    const show = (answer: Answer<OperationDocument>) => {
      setFailure(answer.ok ? null : answer.failure);
      if (answer.ok) setOperation(answer.body);
    };
    void follow(gateway, id, show, controller.signal);
    return () => controller.abort();
  }, [gateway, id, round, tries]);
  return { operation, failure, show: setOperation, askAgain: () => setTries(tries + 1) };
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
    const goesOn = answer.ok ? openStates.has(answer.body.state) : answer.failure.kind !== "problem";
    if (!goesOn) return;
    await pause(pausesMs[reads] ?? longestPauseMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
