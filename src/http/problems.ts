/** What each problem means: for people a page and for programs JSON, both served beside the Worker. */
import { Hono } from "hono/tiny";
import { accepts } from "hono/accepts";
import { problemCodes } from "../../schemas/problem.ts";
import type { AppEnvironment } from "./app-environment.ts";
import { ProblemException } from "../problem.ts";

export function problemRoutes() {
  return new Hono<AppEnvironment>().get("/problems/:code", async (c) => {
    const code = problemCodes.safeParse(c.req.param("code"));
    const { ASSETS: assets } = c.env;
    if (!code.success || assets === undefined)
      throw new ProblemException({ code: "not_found", detail: "Nothing is told here of a problem of that code" });
    const type = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    c.header("Vary", "Accept");
    const path = type === "text/html" ? `/problems/${code.data}` : `/problems/${code.data}.json`;
    const page = await assets.fetch(new Request(new URL(path, c.req.url), c.req.raw));
    if (page.status >= 400) throw new Error(`${path} is not among the assets`);
    return c.newResponse(page.body, page);
  });
}
