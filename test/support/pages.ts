import { problemPage } from "../../openapi/problem-pages.ts";
import { problemCodes } from "../../schemas/problem.ts";
import { problemPages } from "../../packages/testing/src/gateway.ts";

/** Replaces the `ASSETS` binding, which serves the built pages: https://developers.cloudflare.com/workers/static-assets/binding/ */
export const pages = {
  fetch: async (request: Request): Promise<Response> => {
    const [, name = "", extension] = /^\/problems\/(\w+)(\.json)?$/.exec(new URL(request.url).pathname) ?? [];
    if (extension === ".json") return problemPages.fetch(request);
    return new Response(String(problemPage(problemCodes.parse(name))), { headers: { "Content-Type": "text/html" } });
  },
};
