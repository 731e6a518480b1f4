/** What each connection would be sent, asked for as the account is written; the newest question wins. */
import { effect, signal } from "@preact/signals";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { handling, isKeyed, text } from "./draft.ts";
import { session, several } from "./session.ts";

const pauseMs = 120;

/** The latest that were answered; kept while newer ones are asked for, and where the account is not valid. */
export const previews = signal<Preview[] | null>(null);
export const previewFailure = signal<Failure | null>(null);
export const isAsking = signal(false);
const tries = signal(0);

export function askAgain(): void {
  tries.value += 1;
}

/** Keeps the previews in step with the draft until it is told to stop; of many connections, those of them that are shown. */
export function followDraft(gateway: Gateway, shown: () => readonly string[]): () => void {
  let isFirst = true;
  return effect(() => {
    const { value: current } = session;
    if (current.stage !== "open") return;
    const options = { handling: handling.value, isKeyed: isKeyed.value, body: text.value, tries: tries.value };
    // One answer tells of them all.
    const connections = current.connections.length <= several ? [null] : shown();
    const controller = new AbortController();
    const timer = setTimeout(() => void ask(gateway, connections, options, controller.signal), isFirst ? 0 : pauseMs);
    isFirst = false;
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}

type Answer = Awaited<ReturnType<Gateway["preview"]>>;

interface Options {
  body: string;
  handling: "strict" | "lenient";
  isKeyed: boolean;
}

async function ask(
  gateway: Gateway,
  connections: readonly (string | null)[],
  { body, ...options }: Options,
  stop: AbortSignal,
): Promise<void> {
  isAsking.value = true;
  const askAll = async (connection: string | null): Promise<Answer[]> => {
    const given: Answer[] = [];
    for (let cursor: string | null = null; ;) {
      const answer: Answer = await gateway.preview(connection, body, { ...options, cursor, signal: stop });
      given.push(answer);
      cursor = answer.ok ? answer.body.next_cursor : null;
      if (cursor === null || stop.aborted) return given;
    }
  };
  const answers = (await Promise.all(connections.map(askAll))).flat();
  if (stop.aborted) return;
  isAsking.value = false;
  const failed = answers.find((answer) => !answer.ok);
  previewFailure.value = failed?.failure ?? null;
  if (failed === undefined) previews.value = answers.flatMap((answer) => (answer.ok ? answer.body.previews : []));
}
