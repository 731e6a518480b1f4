/** The create that the user prepares, and every create that was sent since the page was loaded. */
import { computed, effect, signal } from "@preact/signals";
import type { Answer, CreateRequest, CreateResult } from "../gateway/gateway.ts";
import { connection } from "./connections.ts";
import { handling, isKeyed, renewReferences, text } from "./draft.ts";
import { openSession } from "./session.ts";

export type CreateAnswer = Answer<CreateResult>;

/** A request and its answer. `null`: the gateway has not answered yet. */
export interface SentCreate {
  request: CreateRequest;
  answer: CreateAnswer | null;
}

export const idempotencyKey = signal(newKey());
export const isAsync = signal(false);
/** The creates on every connection, latest last. A user who returns to a connection sees its create again. */
const allSent = signal<readonly SentCreate[]>([]);
/** The latest create on the chosen connection. */
export const latest = computed(
  () => allSent.value.findLast(({ request }) => request.connection === connection.value?.id) ?? null,
);
/** Every create with the same key and connection as the latest one. */
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

/** Makes a new key and a new reference, because a new key stands for a new account. */
export function startNewAccount(): void {
  idempotencyKey.value = newKey();
  renewReferences();
}

// Each key stands for one account. If the user changes an account that was sent, make a new key.
effect(() => {
  const json = text.value;
  const key = idempotencyKey.peek();
  const isKeyUsed = allSent.peek().some(({ request }) => request.idempotencyKey === key && request.json !== json);
  if (isKeyUsed) startNewAccount();
});

/** The create with the form's current values. */
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
  const answer = await openSession.value.gateway.create(request);
  allSent.value = allSent.value.map((each) => (each === sent ? { request, answer } : each));
}
