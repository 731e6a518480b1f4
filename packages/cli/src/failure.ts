/** The exit codes of the commands, and the error that ends a command. */
export const exitCodes = {
  done: 0,
  /** The gateway refused the request, or cannot be reached. */
  refused: 1,
  usage: 2,
  /** The check found faults. Nothing was sent. */
  faults: 3,
  /** Some rows have no account. The results file states the reasons. */
  rowsFailed: 4,
  /** It is not known yet whether some rows have an account. */
  rowsUnknown: 5,
  /** Ctrl-C: 128 plus the number of SIGINT, as in shells. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command. The message says what is wrong and what to do next. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
