/** Finds in a text what `JSON.parse` does not tell of it: where it stops being JSON, and which member stands twice. */
import { toPointer } from "../../schemas/json-pointer.ts";

export type Finding =
  /** `offset` counts UTF-16 units from 0. */
  { kind: "syntax"; offset: number; expected: string } | { kind: "repeated"; pointer: string };

/** One token of RFC 8259 after any white space: punctuation, a string, a number or a literal. */
const token =
  // oxlint-disable-next-line no-control-regex -- control characters are what a string may not hold (RFC 8259 §7)
  /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|$)/y;

type Expected =
  | "a value"
  | "a value or `]`"
  | "a member"
  | "a member or `}`"
  | "`:`"
  | "`,` or `}`"
  | "`,` or `]`"
  | "the end";

type Container = { member: string; seen: Set<string> } | { index: number };

/** The first finding, or `undefined` where there is nothing to find. Slower than the parser: for texts known to be at fault. */
export function scanJson(text: string): Finding | undefined {
  const containers: Container[] = [];
  let expected: Expected = "a value";
  let offset = 0;
  for (;;) {
    token.lastIndex = offset;
    const match = token.exec(text);
    const syntax: Finding = {
      kind: "syntax",
      offset: offset + (/^[ \t\n\r]*/.exec(text.slice(offset))?.[0].length ?? 0),
      expected,
    };
    if (match === null) return syntax;
    offset = token.lastIndex;
    const [, punctuation, string, scalar] = match;
    const container = containers.at(-1);

    if (punctuation === undefined && string === undefined && scalar === undefined)
      return expected === "the end" ? undefined : syntax;
    if (expected.startsWith("a member") && string !== undefined && container !== undefined && "seen" in container) {
      container.member = JSON.parse(string);
      if (container.seen.has(container.member)) return { kind: "repeated", pointer: toPointer(containers.map(keyOf)) };
      container.seen.add(container.member);
      expected = "`:`";
    } else if (expected.startsWith("a value") && (punctuation === "{" || punctuation === "[")) {
      containers.push(punctuation === "{" ? { member: "", seen: new Set() } : { index: 0 });
      expected = punctuation === "{" ? "a member or `}`" : "a value or `]`";
    } else if (expected.startsWith("a value") && punctuation === undefined) {
      expected = afterValue(container);
    } else if (punctuation !== undefined && expected.includes(`\`${punctuation}\``) && container !== undefined) {
      if (punctuation === ":") expected = "a value";
      else if (punctuation === ",") {
        if ("index" in container) container.index += 1;
        expected = "seen" in container ? "a member" : "a value";
      } else {
        containers.pop();
        expected = afterValue(containers.at(-1));
      }
    } else return syntax;
  }
}

function keyOf(container: Container): PropertyKey {
  return "seen" in container ? container.member : container.index;
}

function afterValue(container: Container | undefined): Expected {
  if (container === undefined) return "the end";
  return "seen" in container ? "`,` or `}`" : "`,` or `]`";
}
