/** The chosen connection, and the search in lists of many connections. */
import { computed, effect, signal } from "@preact/signals";
import { vendorTitle } from "../labels.ts";
import { route } from "./router.ts";
import { maxListed, openSession } from "./session.ts";

export const connectionInUrl = computed(() => route.value.query.get("connection"));
const lastInUrl = signal<string | null>(null);
effect(() => {
  if (connectionInUrl.value !== null) lastInUrl.value = connectionInUrl.value;
});

/**
 * The connection in the URL. If the URL names no connection: the last one that the URL named, or else the key's first one.
 * `null` if the key cannot use the connection in the URL, or if the key has no connections.
 */
export const connection = computed(() => {
  const { connections } = openSession.value;
  const withId = (wanted: string | null) => connections.find(({ id }) => id === wanted) ?? null;
  if (connectionInUrl.value !== null) return withId(connectionInUrl.value);
  return withId(lastInUrl.value) ?? connections[0] ?? null;
});

export const searchText = signal("");

export const matchingConnections = computed(() => {
  const words = searchText.value.toLowerCase().split(/\s+/);
  return openSession.value.connections.filter(({ id, vendor }) => {
    const name = `${id} ${vendorTitle(vendor)}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
});

/** The connections that a list shows: the first ones that match the search, and the chosen ones. */
export function listed(isChosen: (id: string) => boolean) {
  const first = new Set(matchingConnections.value.slice(0, maxListed));
  return openSession.value.connections.filter((each) => first.has(each) || isChosen(each.id));
}
