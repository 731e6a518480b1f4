import { found, wanted } from "../state/connection-search.ts";
import { open, several } from "../state/session.ts";

/** Stands above a list of connections, where there are many. */
export function ConnectionSearch() {
  const { length } = open.value.connections;
  if (length <= several) return null;
  const matches = found.value.length;
  return (
    <div class="connection-search">
      <input
        type="search"
        aria-label="Search the connections"
        placeholder={`Search ${length} connections`}
        spellcheck={false}
        value={wanted}
        onInput={({ currentTarget }) => {
          wanted.value = currentTarget.value;
        }}
      />
      <output class="hint">
        {matches === 0 ? "None is found" : matches > several ? `The first ${several} of ${matches}` : null}
      </output>
    </div>
  );
}
