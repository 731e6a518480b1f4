/** Of many connections a list shows some, and a search finds the others. */
import { computed, signal } from "@preact/signals";
import { vendorTitle } from "../words.ts";
import { open, several } from "./session.ts";

export const wanted = signal("");

export const found = computed(() => {
  const words = wanted.value.toLowerCase().split(/\s+/);
  return open.value.connections.filter(({ id, vendor }) => {
    const name = `${id} ${vendorTitle(vendor)}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
});

/** The first that are found, and those that are chosen in any case, in their order. */
export function listed(isChosen: (id: string) => boolean) {
  const first = new Set(found.value.slice(0, several));
  return open.value.connections.filter((each) => first.has(each) || isChosen(each.id));
}
