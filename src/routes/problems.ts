/** What each problem means: JSON for programs, and for people the page that is served beside the Worker. */
import { Hono } from "hono/tiny";
import { accepts } from "hono/accepts";
import { problemCodes, problemKinds } from "../../schemas/problem.ts";
import type { AppEnvironment } from "../app-environment.ts";
import { ProblemException } from "../problem.ts";

export function problemRoutes() {
  return new Hono<AppEnvironment>().get("/problems/:code", async (c) => {
    const code = problemCodes.safeParse(c.req.param("code"));
    if (!code.success) throw new ProblemException({ code: "not_found", detail: "There is no problem of that code" });
    const type = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    c.header("Vary", "Accept");
    const { ASSETS: assets } = c.env;
    if (type === "application/json" || assets === undefined)
      return c.json({ code: code.data, ...problemKinds[code.data] });
    const page = await assets.fetch(c.req.raw);
    return c.newResponse(page.body, page);
  });
}
