/** Which connection a view is about: the one that the URL names, or else the one before, or else the first. */
import { computed, effect, signal } from "@preact/signals";
import { route } from "./router.ts";
import { open } from "./session.ts";

export const named = computed(() => route.value.query.get("connection"));
const before = signal<string | null>(null);
effect(() => {
  if (named.value !== null) before.value = named.value;
});

/** `null`: the URL names one that this key does not open, or there is none. */
export const connection = computed(() => {
  const { connections } = open.value;
  const withId = (wanted: string | null) => connections.find(({ id }) => id === wanted) ?? null;
  if (named.value !== null) return withId(named.value);
  return withId(before.value) ?? connections[0] ?? null;
});
