/** Who is signed in: the gateway key, in memory unless the user wants it kept for the tab, and what it opens. */
import { computed, signal } from "@preact/signals";
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import { type Gateway, gatewayFor } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import type { JsonSchema } from "../gateway/json-schema.ts";
import { type FormField, mergeSchemas } from "../translate/form-fields.ts";

const storageName = "account-gateway.key";

interface OpenSession {
  stage: "open";
  gateway: Gateway;
  connections: ConnectionDescription[];
  /** Of the connections that the form was shown for. */
  schemas: ReadonlyMap<string, JsonSchema>;
  fields: FormField[];
}

/** How many connections are asked about, and listed, all at once. */
export const several = 12;

type Session =
  | { stage: "signed_out"; failure: Failure | null }
  | { stage: "opening" }
  /** The key could not be tried. */
  | { stage: "failed"; key: string; isKept: boolean; failure: Failure }
  | OpenSession;

export const session = signal<Session>({ stage: "signed_out", failure: null });

/** The session, where a view is shown only to someone who is signed in. */
export const open = computed<OpenSession>(() => {
  if (session.value.stage !== "open") throw new Error("Nobody is signed in");
  return session.value;
});

export async function signIn(key: string, isKept: boolean): Promise<void> {
  session.value = { stage: "opening" };
  const gateway = gatewayFor(key, refuse);
  const answer = await gateway.connections();
  if (!answer.ok) {
    if (answer.failure.kind === "not_sendable") refuse(answer.failure);
    if (session.value.stage === "opening") session.value = { stage: "failed", key, isKept, failure: answer.failure };
    return;
  }
  const { connections } = answer.body;
  const schemas = await schemasOf(gateway, connections.slice(0, several));
  if (isKept) sessionStorage.setItem(storageName, key);
  session.value = { stage: "open", gateway, connections, schemas, fields: mergeSchemas([...schemas.values()]) };
}

async function schemasOf(gateway: Gateway, connections: readonly ConnectionDescription[]) {
  const ready = connections.filter(({ status }) => status === "ready");
  const answers = await Promise.all(ready.map(async ({ id }) => ({ id, answer: await gateway.schema(id) })));
  return new Map<string, JsonSchema>(answers.flatMap(({ id, answer }) => (answer.ok ? [[id, answer.body]] : [])));
}

/** Lets the form know the fields of further connections. */
export async function readSchemas(ids: ReadonlySet<string>): Promise<void> {
  const { gateway, connections, schemas } = open.peek();
  const missing = connections.filter(({ id }) => ids.has(id) && !schemas.has(id));
  const read = await schemasOf(gateway, missing);
  const current = session.peek();
  if (read.size === 0 || current.stage !== "open" || current.gateway !== gateway) return;
  const all = new Map([...current.schemas, ...read]);
  session.value = { ...current, schemas: all, fields: mergeSchemas([...all.values()]) };
}

/** Forgets the key, and all that was read with it. */
export function signOut(): void {
  sessionStorage.removeItem(storageName);
  location.reload();
}

/** The gateway does not take the key, takes it no longer, or cannot even be sent it. */
function refuse(failure: Failure): void {
  sessionStorage.removeItem(storageName);
  session.value = { stage: "signed_out", failure };
}

/** What was said of one key says nothing of the next. */
export function forgetRefusal(): void {
  session.value = { stage: "signed_out", failure: null };
}

/** Signs in with a key that was kept for the tab. */
export async function resume(): Promise<void> {
  const key = sessionStorage.getItem(storageName);
  if (key !== null) await signIn(key, true);
}
