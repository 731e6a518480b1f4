/** For a key that opens nothing. */
export function NoConnections() {
  return (
    <div class="notice">
      <p class="notice-title">This key opens no connection yet</p>
      <p>
        A connection is a way into one tenant of one vendor. Add a <code>[vars.CONNECTION_…]</code> table to the
        configuration, name its id among the <code>connections</code> of this key, and run <code>npm run check</code>.
      </p>
    </div>
  );
}
