/** What is wrong with each leaf of the account, and who says so. */
import type { Pointer } from "../../schemas/json.ts";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Failure } from "../gateway/request.ts";

export interface FieldError {
  pointer: string;
  detail: string;
  /** The connections that say so; none where no vendor is in question. */
  connections: string[];
}

export function errorsOf(previews: readonly Preview[], failure: Failure | null): FieldError[] {
  const problems = failure?.kind === "problem" ? [{ connection: null, problem: failure.problem }] : [];
  const refusals = previews.flatMap((preview) =>
    preview.problems.map((problem) => ({ connection: preview.connection, problem })),
  );
  // What the vendors said of an earlier account says nothing of one that cannot be read.
  const said = failure === null ? refusals : problems;
  const all = said.flatMap(({ connection, problem }) =>
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
