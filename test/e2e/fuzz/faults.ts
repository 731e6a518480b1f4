/** The names of the faults that occurred, so that one `expect` shows them all. */
export const faultsIn = (isPresent: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(isPresent).filter((fault) => isPresent[fault]);
