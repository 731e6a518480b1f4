/** The URL's hash names the view. It never holds the gateway key. */
import { computed, signal } from "@preact/signals";

export const views = ["translate", "create", "operations", "connections"] as const;
export type View = (typeof views)[number];

export interface Route {
  /** `undefined`: the console has no such view. */
  view: View | undefined;
  /** The id of one operation. */
  id: string | null;
  query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const route = computed<Route>(() => {
  const [path = "", search = ""] = hash.value.replace(/^#\//, "").split("?");
  const [name, id = ""] = path.split("/");
  const view = name === "" ? "translate" : views.find((each) => each === name);
  return { view, id: id === "" ? null : decoded(id), query: new URLSearchParams(search) };
});

/** Returns the text unchanged if it cannot be decoded. The gateway then answers that there is no such operation. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const href = (view: View, query: Record<string, string> = {}): string => {
  const search = new URLSearchParams(query).toString();
  return `#/${view}${search === "" ? "" : `?${search}`}`;
};

export const operationHref = (id: string): string => `#/operations/${encodeURIComponent(id)}`;

export function go(to: string): void {
  location.hash = to;
}
