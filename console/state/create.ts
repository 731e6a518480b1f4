/** The create that the user prepares, and every create that was sent since the page was opened. */
import { computed, effect, signal } from "@preact/signals";
import type { Answer, CreateRequest, CreateResult } from "../gateway/gateway.ts";
import { connection } from "./connections.ts";
import { handling, isKeyed, renewReferences, text } from "./draft.ts";
import { open } from "./session.ts";

export type CreateAnswer = Answer<CreateResult>;

/** One request, with its answer once there is one. */
export interface SentCreate {
  request: CreateRequest;
  answer: CreateAnswer | null;
}

export const idempotencyKey = signal(newKey());
export const isAsync = signal(false);
/** On every connection, so that a user who comes back to a connection finds its create; the latest is the last. */
const allSent = signal<readonly SentCreate[]>([]);
/** The latest on the chosen connection. */
export const latest = computed(
  () => allSent.value.findLast(({ request }) => request.connection === connection.value?.id) ?? null,
);
/** Every create with the key and the connection of the latest. */
export const sentWithSameKey = computed(() => {
  const { connection: id, idempotencyKey: key } = latest.value?.request ?? {};
  const isSame = (each: SentCreate) =>
    each === latest.value || (key !== null && each.request.idempotencyKey === key && each.request.connection === id);
  return allSent.value.filter(isSame);
});
export const isSending = computed(() => latest.value?.answer === null);

/** A random UUID. `crypto.randomUUID` exists only on pages with HTTPS, and the console may be served over HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A new key is for a new account, so the account gets a new reference, too. */
export function startNewAccount(): void {
  idempotencyKey.value = newKey();
  renewReferences();
}

// One key stands for one account: if the account changes after it was sent, it gets a new key.
effect(() => {
  const json = text.value;
  const key = idempotencyKey.peek();
  const isKeyUsed = allSent.peek().some(({ request }) => request.idempotencyKey === key && request.json !== json);
  if (isKeyUsed) startNewAccount();
});

/** The create as the form stands now. */
export function currentCreate(): CreateRequest {
  return {
    connection: connection.value?.id ?? "",
    json: text.value,
    handling: handling.value,
    idempotencyKey: isKeyed.value ? idempotencyKey.value : null,
    isAsync: isAsync.value && isKeyed.value,
  };
}

export async function send(request: CreateRequest): Promise<void> {
  const sent: SentCreate = { request, answer: null };
  allSent.value = [...allSent.value, sent];
  const answer = await open.value.gateway.create(request);
  allSent.value = allSent.value.map((each) => (each === sent ? { request, answer } : each));
}
