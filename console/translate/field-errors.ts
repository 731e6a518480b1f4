/** The errors of each field of the account, and the connections that report them. */
import type { Pointer } from "../../schemas/json.ts";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Failure } from "../gateway/gateway.ts";

export interface FieldError {
  pointer: string;
  detail: string;
  /** The connections that report the error. Empty if the account is invalid for every connection. */
  connections: string[];
}

export function errorsOf(previews: readonly Preview[], failure: Failure | null): FieldError[] {
  const problems = failure?.kind === "problem" ? [{ connection: null, problem: failure.problem }] : [];
  const refusals = previews.flatMap((preview) =>
    preview.problems.map((problem) => ({ connection: preview.connection, problem })),
  );
  // After a failure, the previews show an earlier account, so their problems do not count.
  const current = failure === null ? refusals : problems;
  const all = current.flatMap(({ connection, problem }) =>
    (problem.errors ?? []).map((error) => ({ ...error, connections: connection === null ? [] : [connection] })),
  );
  const grouped = Map.groupBy(all, ({ pointer, detail }) => JSON.stringify([pointer, detail]));
  return [...grouped.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, connections: same.flatMap(({ connections }) => connections) }];
  });
}

export const isAbout = (error: FieldError, pointer: Pointer): boolean =>
  error.pointer === pointer || error.pointer.startsWith(`${pointer}/`);
