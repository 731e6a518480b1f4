import { matchingConnections, searchText } from "../state/connections.ts";
import { maxListed, openSession } from "../state/session.ts";

/** A search field for the lists of connections. Shown only if there are more connections than a list can show. */
export function ConnectionSearch() {
  const { length } = openSession.value.connections;
  if (length <= maxListed) return null;
  const matches = matchingConnections.value.length;
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
