import { problemKindOf } from "../../schemas/problem-meanings.ts";
import { problemPage } from "../../reference/problem-pages.ts";
import { problemCodes } from "../../schemas/problem.ts";

/** In place of the binding that serves what a deploy builds: https://developers.cloudflare.com/workers/static-assets/binding/ */
export const pages = {
  fetch: async (request: Request): Promise<Response> => {
    const [, name = "", extension] = /^\/problems\/(\w+)(\.json)?$/.exec(new URL(request.url).pathname) ?? [];
    const code = problemCodes.parse(name);
    if (extension === ".json") return Response.json(problemKindOf(code));
    return new Response(String(problemPage(code)), { headers: { "Content-Type": "text/html" } });
  },
};
