/** Each connection's preview of the draft. A new request cancels the earlier ones. */
import { effect, signal } from "@preact/signals";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Failure, Gateway } from "../gateway/gateway.ts";
import { handling, isKeyed, text } from "./draft.ts";
import { maxListed, session } from "./session.ts";

const typingPauseMs = 120;

/** The latest previews. The views keep them while the console requests newer ones, and while the account is not valid. */
export const previews = signal<Preview[] | null>(null);
export const previewFailure = signal<Failure | null>(null);
export const isLoading = signal(false);
const retries = signal(0);

export function loadAgain(): void {
  retries.value += 1;
}

/** Loads the previews whenever the draft changes. Returns a function that stops this. */
export function followDraft(gateway: Gateway, shownConnections: () => readonly string[]): () => void {
  let isFirst = true;
  return effect(() => {
    const { value: current } = session;
    if (current.kind !== "open") return;
    // Reading `retries` makes the effect run again when it changes.
    void retries.value;
    const controller = new AbortController();
    const request = {
      json: text.value,
      handling: handling.value,
      isKeyed: isKeyed.value,
      signal: controller.signal,
    };
    // One request previews every connection. If there are many connections, request only the shown ones, one by one.
    const connections = current.connections.length <= maxListed ? [null] : shownConnections();
    const load = async () => {
      isLoading.value = true;
      const answers = await Promise.all(connections.map((connection) => gateway.preview({ ...request, connection })));
      if (controller.signal.aborted) return;
      isLoading.value = false;
      const failed = answers.find((answer) => answer.kind === "failure");
      previewFailure.value = failed?.failure ?? null;
      if (failed !== undefined) return;
      previews.value = answers.flatMap((answer) => (answer.kind === "success" ? answer.body : []));
    };
    const timer = setTimeout(() => void load(), isFirst ? 0 : typingPauseMs);
    isFirst = false;
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}
