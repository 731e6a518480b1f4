import type { Encoded } from "../../adapters/engine/encode.ts";
import type { ProblemDetails } from "../problem.ts";

/** Why an account cannot be sent over a connection; `undefined` where it can. All faults stand in one problem, the gravest gives the code. */
export function encodingProblem({ faults }: Encoded): ProblemDetails | undefined {
  const code = (["invalid_account", "missing_field", "unsupported_field"] as const).find((each) =>
    faults.some((fault) => fault.code === each),
  );
  return code === undefined ? undefined : { code, errors: faults.map(({ pointer, detail }) => ({ pointer, detail })) };
}
