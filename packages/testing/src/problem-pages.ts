import { problemCodes } from "../../../schemas/problem.ts";
import { problemKindOf } from "../../../schemas/documents/problem-meanings.ts";
import type { Environment } from "../../../src/environment.ts";

/** What each problem means, as JSON whatever is asked for: the pages for people are made by a deploy. */
export const problemPages: NonNullable<Environment["ASSETS"]> = {
  fetch: async (input) => {
    const [, code] = /\/problems\/(\w+)/.exec(new Request(input).url) ?? [];
    return Response.json(problemKindOf(problemCodes.parse(code)));
  },
};
