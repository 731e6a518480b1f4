/** The pages of documentation, as their tests read them. */
import { globSync, readFileSync } from "node:fs";

/** Other tests run the code blocks of these pages. The page on security has no code blocks. */
const runElsewhere = new Set([
  "docs/guides/adding-a-vendor.md",
  "docs/guides/own-vendor.md",
  "docs/guides/testing-an-app.md",
  "docs/explanation/security.md",
]);
/** Every page of documentation, by path. */
export const paths = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md").toSorted()];

export interface Example {
  /** `example: request` above a block gives `["example", "request"]`. */
  kind: string;
  name: string;
  language: string;
  text: string;
}

/** Every code block of a page that has a comment `<!-- kind: name -->` above it. */
export function blocksIn(page: string): Example[] {
  const marked = /<!-- (\w+): ([\w./-]+) -->\n+(?:<!-- oxfmt-ignore -->\n+)?```(\w+)\n([\s\S]*?)```/g;
  return [...page.matchAll(marked)].map(([, kind = "", name = "", language = "", text = ""]) => ({
    kind,
    name,
    language,
    text,
  }));
}

/** The pages with code blocks that the tests in this folder run, by path. */
export const pages = new Map(
  paths.filter((path) => !runElsewhere.has(path)).map((path) => [path, readFileSync(path, "utf8")]),
);
const everything = [...pages.values()].join("\n");

/** The blocks of every page. */
export const examples: readonly Example[] = blocksIn(everything);

export function example(name: string, kind = "example"): string {
  const found = examples.find((each) => each.kind === kind && each.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} "${name}"`);
  return found.text;
}

/** Every curl command, with the expected status and, if the next block shows it, the expected answer. */
export const commands = examples.flatMap(({ kind, name, text }, index) => {
  const next = examples[index + 1];
  return kind === "run"
    ? [{ status: Number(name), text, answer: next?.kind === "answer" ? next.text : undefined }]
    : [];
});

/** Every command that a reader repeats until the answer has the status. */
export const repeated = examples.flatMap(({ kind, name, text }) =>
  kind === "until" ? [{ status: Number(name), text }] : [],
);

/** Every program, with the expected output. */
export const programs = examples.flatMap(({ kind, name, text }) =>
  kind === "program" ? [{ name, text, printed: example(name, "prints") }] : [],
);

/** JSON without the values that differ between answers: ids, times and hosts. */
export const lasting = (json: string): unknown => JSON.parse(lastingText(json));

export function lastingText(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/http:\/\/[\w.]+(?::\d+)?(?=\/problems\/)/g, "<host>");
}

/** The rows of a marked table, without its header. Cells are trimmed. */
export function table(name: string): string[][] {
  const [, rows = ""] = new RegExp(`<!-- table: ${name} -->\\n+((?:\\|.*\\n)+)`).exec(everything) ?? [];
  return rows
    .trim()
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** A row as Markdown without padding, so that a failing test prints the row to copy into the page. */
export const asRow = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
