/** What each connection would be sent, asked for as the account is written; the newest question wins. */
import { effect, signal } from "@preact/signals";
import type { Preview } from "../../schemas/preview.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { handling, isKeyed, text } from "./draft.ts";

const pauseMs = 120;

/** The latest that were answered; kept while newer ones are asked for, and where the account is not valid. */
export const previews = signal<Preview[] | null>(null);
export const previewFailure = signal<Failure | null>(null);
export const isAsking = signal(false);
const tries = signal(0);

export function askAgain(): void {
  tries.value += 1;
}

/** Keeps the previews in step with the draft until it is told to stop. */
export function followDraft(gateway: Gateway): () => void {
  let isFirst = true;
  return effect(() => {
    const options = { handling: handling.value, isKeyed: isKeyed.value, body: text.value, tries: tries.value };
    const controller = new AbortController();
    const timer = setTimeout(() => void ask(gateway, options, controller.signal), isFirst ? 0 : pauseMs);
    isFirst = false;
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}

interface Options {
  body: string;
  handling: "strict" | "lenient";
  isKeyed: boolean;
}

async function ask(gateway: Gateway, { body, ...options }: Options, stop: AbortSignal): Promise<void> {
  isAsking.value = true;
  const answer = await gateway.preview(body, { ...options, signal: stop });
  if (stop.aborted) return;
  isAsking.value = false;
  previewFailure.value = answer.ok ? null : answer.failure;
  if (answer.ok) previews.value = answer.body.previews;
}
