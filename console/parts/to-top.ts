/** Puts whoever reads on, by eye or by ear, at the beginning of the content. */
export function toTop(): void {
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}
