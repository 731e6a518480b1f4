/**
 * Whether two texts differ only in case or in white space around them. A vendor that stores what it was sent in such a
 * way shows neither that an account is ours nor that it is not.
 */
export function alike(left: string | null | undefined, right: string | null | undefined): boolean {
  return fold(left) === fold(right);
}

const fold = (text: string | null | undefined): string | undefined => text?.trim().toLowerCase();
