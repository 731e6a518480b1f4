import { signal } from "@preact/signals";
import type { Pointer } from "../../schemas/json.ts";

/** The leaf of the account whose lines stand out: the one that is pointed at, or has the focus. */
export const highlighted = signal<Pointer | null>(null);

export function highlight(pointer: Pointer | null): void {
  highlighted.value = pointer;
}

/** For whatever shows a leaf: pointing at it makes its lines stand out. */
export const highlights = (pointer: Pointer | null) => ({
  onMouseEnter: () => highlight(pointer),
  onMouseLeave: () => highlight(null),
});
