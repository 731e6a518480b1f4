/** The create that is being made: to which connection, with which key, and what came of it. */
import { computed, effect, signal } from "@preact/signals";
import type { Account } from "../../schemas/account.ts";
import type { OperationDocument } from "../../schemas/operation.ts";
import type { Create } from "../gateway/gateway.ts";
import type { Answer } from "../gateway/request.ts";
import { handling, isKeyed, renewReferences, text } from "./draft.ts";
import { newKey } from "./idempotency-key.ts";
import { route } from "./router.ts";
import { open } from "./session.ts";

export type CreateAnswer = Answer<Account | OperationDocument>;

/** One request, and its answer once there is one. */
export interface Send {
  create: Create;
  answer: CreateAnswer | null;
}

export const idempotencyKey = signal(newKey());
export const isAsync = signal(false);
/** Those of one key, the latest last. */
export const sends = signal<readonly Send[]>([]);
export const latest = computed(() => sends.value.at(-1) ?? null);
export const isSending = computed(() => latest.value?.answer === null);

/** The connection that the URL names, or else the first. */
export const connection = computed(() => {
  const { connections } = open.value;
  const asked = route.value.query.get("connection");
  return connections.find(({ id }) => id === asked) ?? connections[0] ?? null;
});

/** A new key is for a new account, which has a reference of its own. */
export function startAnew(): void {
  idempotencyKey.value = newKey();
  renewReferences();
}

/** One key stands for one account: another account gets another key. */
effect(() => {
  const body = text.value;
  const used = sends.peek().at(-1)?.create;
  if (used !== undefined && used.body !== body && used.idempotencyKey === idempotencyKey.peek()) startAnew();
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
  const isSame = ({ create: { connection: id, idempotencyKey: key } }: Send) =>
    key !== null && key === create.idempotencyKey && id === create.connection;
  const earlier = sends.value.filter(isSame);
  const asked: Send = { create, answer: null };
  sends.value = [...earlier, asked];
  const answer = await open.value.gateway.create(create);
  sends.value = sends.value.map((each) => (each === asked ? { create, answer } : each));
}

export const isOperation = (body: Account | OperationDocument): body is OperationDocument => "history" in body;
