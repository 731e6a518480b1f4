import { found, searchText } from "../state/connections.ts";
import { maxListed, open } from "../state/session.ts";

/** Stands above a list of connections if there are more than the list shows. */
export function ConnectionSearch() {
  const { length } = open.value.connections;
  if (length <= maxListed) return null;
  const matches = found.value.length;
  return (
    <div class="connection-search">
      <input
        type="search"
        aria-label="Search the connections"
        placeholder={`Search ${length} connections`}
        spellcheck={false}
        value={searchText}
        onInput={({ currentTarget }) => {
          searchText.value = currentTarget.value;
        }}
      />
      <output class="hint">
        {matches === 0 ? "No connection matches" : matches > maxListed ? `The first ${maxListed} of ${matches}` : null}
      </output>
    </div>
  );
}
