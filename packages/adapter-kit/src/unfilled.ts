import type { Sample } from "./fixtures.ts";

/** A place that `npm run new-adapter` left open, and what belongs there. */
export interface Unfilled {
  at: string;
  instruction: string;
}

/** Everything in an adapter and its fixtures that still reads `Fill in …`. */
export function unfilledIn({ adapter, ...fixtures }: Sample): Unfilled[] {
  const rejected = fixtures.rejection("the vendor's words");
  return [...openIn("adapter", adapter), ...openIn("fixtures", fixtures), ...openIn("fixtures.rejection()", rejected)];
}

function openIn(at: string, value: unknown): Unfilled[] {
  if (typeof value === "string") return /^\/?Fill in\b/.test(value) ? [{ at, instruction: value }] : [];
  return isData(value) ? Object.entries(value).flatMap(([member, each]) => openIn(`${at}.${member}`, each)) : [];
}

/** Not a schema, which has parts without end. */
function isData(value: unknown): value is object {
  return Array.isArray(value) || (typeof value === "object" && value?.constructor === Object);
}
