/** Who is signed in: the gateway key, in memory unless the user wants it kept for the tab, and what it opens. */
import { computed, signal } from "@preact/signals";
import type { ConnectionDescription } from "../../schemas/capability.ts";
import { type Gateway, gatewayFor } from "../gateway/gateway.ts";
import type { Failure } from "../gateway/request.ts";
import { type FormField, mergeSchemas } from "../translate/form-fields.ts";

const storageName = "account-gateway.key";

interface OpenSession {
  stage: "open";
  gateway: Gateway;
  connections: ConnectionDescription[];
  fields: FormField[];
}

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
  const ready = connections.filter(({ status }) => status === "ready");
  const schemas = await Promise.all(ready.map(({ id }) => gateway.schema(id)));
  const fields = mergeSchemas(schemas.flatMap((schema) => (schema.ok ? [schema.body] : [])));
  if (isKept) sessionStorage.setItem(storageName, key);
  session.value = { stage: "open", gateway, connections, fields };
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
