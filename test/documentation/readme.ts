/** The README, as its tests read it. */
import { readFileSync } from "node:fs";

const readme = readFileSync("README.md", "utf8");

export interface Example {
  /** `example: request` above a block gives `["example", "request"]`. */
  kind: string;
  name: string;
  language: string;
  text: string;
}

/** Every block of code that a comment above it marks, as `<!-- kind: name -->`. */
export const examples: readonly Example[] = [
  ...readme.matchAll(/<!-- (\w+): ([\w-]+) -->\n+```(\w+)\n([\s\S]*?)```/g),
].map(([, kind = "", name = "", language = "", text = ""]) => ({ kind, name, language, text }));

export function example(name: string): string {
  const found = examples.find((each) => each.kind === "example" && each.name === name);
  if (found === undefined) throw new Error(`The README has no example "${name}"`);
  return found.text;
}

/** The rows of a marked table, without its head; cells without their white space. */
export function table(name: string): string[][] {
  const [, text = ""] = new RegExp(`<!-- table: ${name} -->\\n+((?:\\|.*\\n)+)`).exec(readme) ?? [];
  return text
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

export { readme };
