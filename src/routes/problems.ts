/** What each problem means, for people and for programs. */
import { Hono } from "hono/tiny";
import { accepts } from "hono/accepts";
import { html } from "hono/html";
import { type ProblemCode, problemCodes, problemKinds } from "../../schemas/problem.ts";
import type { AppEnvironment } from "../app-environment.ts";
import { ProblemException } from "../problem.ts";

export function problemRoutes() {
  return new Hono<AppEnvironment>().get("/problems/:code", (c) => {
    const code = problemCodes.safeParse(c.req.param("code"));
    if (!code.success) throw new ProblemException({ code: "not_found", detail: "There is no problem of that code" });
    const type = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    c.header("Vary", "Accept");
    if (type === "application/json") return c.json({ code: code.data, ...problemKinds[code.data] });
    c.header(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    );
    return c.html(page(code.data));
  });
}

const effects = { none: "No: this request created no account.", unknown: "Perhaps: the gateway cannot tell." } as const;
const retries = {
  never: "No: the same request would meet the same answer, or could create a second account.",
  later: "Yes, later.",
  same_key: "Yes, with the same Idempotency-Key, until the answer's effect is no longer unknown.",
} as const;

function page(code: ProblemCode) {
  const { status, title, meaning, remedy, effect, retry } = problemKinds[code];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Account Gateway</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              1rem/1.6 system-ui,
              sans-serif;
          }
          body {
            margin: 4rem auto;
            padding: 0 1.5rem;
            max-width: 40rem;
          }
          dt {
            margin-top: 1.5rem;
            font-weight: 600;
          }
          dd {
            margin: 0;
          }
        </style>
      </head>
      <body>
        <main>
          <p><code>${status} ${code}</code></p>
          <h1>${title}</h1>
          <dl>
            <dt>What happened</dt>
            <dd>${meaning}</dd>
            <dt>May an account exist?</dt>
            <dd>${effects[effect]}</dd>
            <dt>What to do</dt>
            <dd>${remedy}</dd>
            <dt>Is it worth sending again?</dt>
            <dd>${retries[retry]}</dd>
          </dl>
        </main>
      </body>
    </html>`;
}
