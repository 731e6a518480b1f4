/** The names of the faults that occurred, so that one `expect` shows them all. */
export const faultsIn = (isThere: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(isThere).filter((fault) => isThere[fault]);
