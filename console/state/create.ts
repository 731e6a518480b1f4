/** The create that is being made: to which connection, with which key, and what came of it. */
import { computed, effect, signal } from "@preact/signals";
import type { Account } from "../../schemas/documents/account.ts";
import type { OperationDocument } from "../../schemas/documents/operation.ts";
import type { Create } from "../gateway/gateway.ts";
import type { Answer } from "../gateway/request.ts";
import { connection } from "./connection.ts";
import { handling, isKeyed, renewReferences, text } from "./draft.ts";
import { newKey } from "./idempotency-key.ts";
import { open } from "./session.ts";

export type CreateAnswer = Answer<Account | OperationDocument>;

/** One request, and its answer once there is one. */
export interface Send {
  create: Create;
  answer: CreateAnswer | null;
}

export const idempotencyKey = signal(newKey());
export const isAsync = signal(false);
/** Of all connections, so that one that is under way is found again by whoever went elsewhere; the latest last. */
const all = signal<readonly Send[]>([]);
/** On the connection that is chosen. */
export const latest = computed(
  () => all.value.findLast(({ create }) => create.connection === connection.value?.id) ?? null,
);
/** Those with the key of the latest, on its connection. */
export const sends = computed(() => {
  const { connection: id, idempotencyKey: key } = latest.value?.create ?? {};
  const isSame = (each: Send) =>
    each === latest.value || (key !== null && each.create.idempotencyKey === key && each.create.connection === id);
  return all.value.filter(isSame);
});
export const isSending = computed(() => latest.value?.answer === null);

/** A new key is for a new account, which has a reference of its own. */
export function startAnew(): void {
  idempotencyKey.value = newKey();
  renewReferences();
}

/** One key stands for one account: another account gets another key. */
effect(() => {
  const body = text.value;
  const key = idempotencyKey.peek();
  if (all.peek().some(({ create }) => create.idempotencyKey === key && create.body !== body)) startAnew();
});

export function current(): Create {
  return {
    connection: connection.value?.id ?? "",
    body: text.value,
    handling: handling.value,
    idempotencyKey: isKeyed.value ? idempotencyKey.value : null,
    isAsync: isAsync.value && isKeyed.value,
  };
}

export async function send(create: Create): Promise<void> {
  const asked: Send = { create, answer: null };
  all.value = [...all.value, asked];
  const answer = await open.value.gateway.create(create);
  all.value = all.value.map((each) => (each === asked ? { create, answer } : each));
}

export const isOperation = (body: Account | OperationDocument): body is OperationDocument => "history" in body;
