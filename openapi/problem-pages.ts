/** The pages that explain each problem. */
import { html } from "hono/html";
import { type ProblemCode, problemCodes, problemKinds } from "../schemas/problem.ts";
import { problemKindOf } from "../schemas/problem-meanings.ts";
import { problemExample } from "./problems.ts";

type Html = ReturnType<typeof html>;

const effects = {
  none: "No. This request created no account.",
  unknown: "Perhaps. The gateway does not know.",
} as const;
const retries = {
  never: "No. The same request would get the same answer, or could create a second account.",
  later: "Yes, later.",
  same_key: "Yes, with the same Idempotency-Key, until the effect in the answer is not unknown.",
} as const;

export function problemPage(code: ProblemCode): Html {
  const { status, title, meaning, remedy, effect, retry, unkeyed } = problemKindOf(code);
  return page(
    title,
    html`<p class="code"><span class="status">${status}</span> ${code}</p>
      <h1>${title}</h1>
      <dl>
        <dt>What happened</dt>
        <dd>${prose(meaning)}</dd>
        <dt>Does an account exist?</dt>
        <dd>${effects[effect]}</dd>
        <dt>What to do</dt>
        <dd>${prose(remedy)}</dd>
        <dt>Should I send the request again?</dt>
        <dd>${retries[retry]}</dd>
        ${
          unkeyed === undefined
            ? ""
            : html`<dt>What to do without an Idempotency-Key</dt>
                <dd>${prose(unkeyed.remedy)}</dd>`
        }
      </dl>
      <h2>An example</h2>
      <pre tabindex="0"><code>${JSON.stringify(problemExample(code), null, 2)}</code></pre>`,
  );
}

export function problemIndex(): Html {
  return page(
    "Problems",
    html`<h1>Problems</h1>
      <p>All problems of the API, by <code>code</code>. Each one says whether an account may exist.</p>
      <ul class="problems">
        ${problemCodes.options.map((code) => {
          const { status, title, effect } = problemKinds[code];
          return html`<li>
            <a href="/problems/${code}"><span class="status">${status}</span> <code>${code}</code></a>
            <span>${title}${effect === "unknown" ? html` <em>An account may exist.</em>` : ""}</span>
          </li>`;
        })}
      </ul>`,
  );
}

function page(title: string, main: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Account Gateway</title>
        <link rel="icon" href="/favicon.ico" />
        <link rel="stylesheet" href="/problems.css" />
      </head>
      <body>
        <header>
          <a href="/">Account Gateway</a>
          <nav><a href="/docs">Reference</a> <a href="/problems">Problems</a></nav>
        </header>
        <main>${main}</main>
      </body>
    </html>`;
}

/** Shows text between back-ticks as code. */
function prose(text: string): Html[] {
  return text.split("`").map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
}
