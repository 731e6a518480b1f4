import { problemPage } from "../../openapi/problem-pages.ts";
import { problemCodes } from "../../schemas/problem.ts";
import { problemPages } from "../../packages/testing/src/gateway.ts";

/** In place of the binding that serves what a deploy builds: https://developers.cloudflare.com/workers/static-assets/binding/ */
export const pages = {
  fetch: async (request: Request): Promise<Response> => {
    const [, name = "", extension] = /^\/problems\/(\w+)(\.json)?$/.exec(new URL(request.url).pathname) ?? [];
    if (extension === ".json") return problemPages.fetch(request);
    return new Response(String(problemPage(problemCodes.parse(name))), { headers: { "Content-Type": "text/html" } });
  },
};
