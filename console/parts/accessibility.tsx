/** Help for people who use a screen reader or the keyboard. */
import { signal } from "@preact/signals";

const announcement = signal("");

/** Makes a screen reader say the text. */
export function announce(text: string): void {
  announcement.value = text;
}

export function Announcer() {
  return <output class="visually-hidden">{announcement}</output>;
}

/** Moves the focus and the scroll position to the start of the content. */
export function goToContent(): void {
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}
