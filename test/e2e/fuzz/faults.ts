/** Those that are there, by name: for an `expect` that tells them all at once. */
export const faultsIn = (isThere: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(isThere).filter((fault) => isThere[fault]);
