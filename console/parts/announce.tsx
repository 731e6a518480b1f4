/** What a screen reader is told of a change that it would not notice. */
import { signal } from "@preact/signals";

const said = signal("");

export function announce(text: string): void {
  said.value = text;
}

export function Announcer() {
  return <output class="unseen">{said}</output>;
}
