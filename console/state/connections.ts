/** The chosen connection, and the search in lists of many connections. */
import { computed, effect, signal } from "@preact/signals";
import { vendorTitle } from "../labels.ts";
import { route } from "./router.ts";
import { maxListed, open } from "./session.ts";

export const connectionInUrl = computed(() => route.value.query.get("connection"));
const lastInUrl = signal<string | null>(null);
effect(() => {
  if (connectionInUrl.value !== null) lastInUrl.value = connectionInUrl.value;
});

/**
 * The connection that the URL names, else the last one that it named, else the first. `null` if the key does not open the
 * connection in the URL, or opens none.
 */
export const connection = computed(() => {
  const { connections } = open.value;
  const withId = (wanted: string | null) => connections.find(({ id }) => id === wanted) ?? null;
  if (connectionInUrl.value !== null) return withId(connectionInUrl.value);
  return withId(lastInUrl.value) ?? connections[0] ?? null;
});

export const searchText = signal("");

export const found = computed(() => {
  const words = searchText.value.toLowerCase().split(/\s+/);
  return open.value.connections.filter(({ id, vendor }) => {
    const name = `${id} ${vendorTitle(vendor)}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
});

/** The connections that a list shows: the first that the search finds, and the chosen ones. */
export function listed(isChosen: (id: string) => boolean) {
  const first = new Set(found.value.slice(0, maxListed));
  return open.value.connections.filter((each) => first.has(each) || isChosen(each.id));
}
