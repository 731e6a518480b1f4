/** The session: the gateway key, and the connections that it can use. */
import { computed, signal } from "@preact/signals";
import type { ConnectionDescription } from "../../schemas/documents/capability.ts";
import { type Failure, type Gateway, gatewayFor } from "../gateway/gateway.ts";
import { type FormField, type JsonSchema, mergeSchemas } from "../translate/form-fields.ts";

/** The key is in the tab's `sessionStorage`, so the user stays signed in after a reload. It is never in `localStorage`. */
const storageName = "account-gateway.key";

interface OpenSession {
  kind: "open";
  gateway: Gateway;
  connections: ConnectionDescription[];
  /** The JSON Schemas of the connections whose fields the form shows. */
  schemas: ReadonlyMap<string, JsonSchema>;
  fields: FormField[];
}

/** The highest number of connections in a list, and in one preview request. */
export const maxListed = 12;

type Session =
  | { kind: "signed_out"; failure: Failure | null }
  | { kind: "opening" }
  /** The gateway gave no usable answer, so the key may be valid. */
  | { kind: "failed"; key: string; failure: Failure }
  | OpenSession;

export const session = signal<Session>({ kind: "signed_out", failure: null });

/** The open session. Only views of a signed-in user may read it. */
export const openSession = computed<OpenSession>(() => {
  if (session.value.kind !== "open") throw new Error("No user is signed in");
  return session.value;
});

export async function signIn(key: string): Promise<void> {
  session.value = { kind: "opening" };
  let gateway: Gateway;
  try {
    gateway = gatewayFor(key, refuse);
  } catch {
    refuse({ kind: "not_sendable", what: "gateway key" });
    return;
  }
  const answer = await gateway.connections();
  if (answer.kind === "failure") {
    if (session.value.kind === "opening") session.value = { kind: "failed", key, failure: answer.failure };
    return;
  }
  const connections = answer.body;
  const schemas = await schemasOf(gateway, connections.slice(0, maxListed));
  sessionStorage.setItem(storageName, key);
  session.value = { kind: "open", gateway, connections, schemas, fields: mergeSchemas([...schemas.values()]) };
}

async function schemasOf(gateway: Gateway, connections: readonly ConnectionDescription[]) {
  const ready = connections.filter(({ status }) => status === "ready");
  const answers = await Promise.all(ready.map(async ({ id }) => ({ id, answer: await gateway.schema(id) })));
  return new Map<string, JsonSchema>(
    answers.flatMap(({ id, answer }) => (answer.kind === "success" ? [[id, answer.body]] : [])),
  );
}

/** Adds the fields of further connections to the form. */
export async function readSchemas(ids: ReadonlySet<string>): Promise<void> {
  const { gateway, connections, schemas } = openSession.peek();
  const missing = connections.filter(({ id }) => ids.has(id) && !schemas.has(id));
  const read = await schemasOf(gateway, missing);
  const current = session.peek();
  if (read.size === 0 || current.kind !== "open" || current.gateway !== gateway) return;
  const all = new Map([...current.schemas, ...read]);
  session.value = { ...current, schemas: all, fields: mergeSchemas([...all.values()]) };
}

/** Deletes the key, and reloads the page to delete everything that was read with the key. */
export function signOut(): void {
  sessionStorage.removeItem(storageName);
  location.reload();
}

/** The gateway does not accept the key, or the key cannot be sent. */
function refuse(failure: Failure): void {
  sessionStorage.removeItem(storageName);
  session.value = { kind: "signed_out", failure };
}

/** Removes the failure from the sign-in form when the user corrects the key. */
export function clearFailure(): void {
  session.value = { kind: "signed_out", failure: null };
}

/** After a reload, signs in with the key that the tab still holds. */
export async function resume(): Promise<void> {
  const key = sessionStorage.getItem(storageName);
  if (key !== null) await signIn(key);
}
