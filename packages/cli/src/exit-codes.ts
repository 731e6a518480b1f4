/** What the process ends with. */
export const exitCodes = {
  done: 0,
  /** The gateway refused the request, or cannot be reached. */
  refused: 1,
  usage: 2,
  /** Faults were found, and nothing was sent. */
  faults: 3,
  /** Some rows have no account, and the results file says why. */
  rowsFailed: 4,
  /** Of some rows nobody knows yet whether they have an account. */
  rowsUnknown: 5,
  /** Ended by Ctrl-C, as shells tell it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
