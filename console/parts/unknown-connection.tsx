/** For a URL that leads to no connection. */
export function UnknownConnection({ id }: { id: string | null }) {
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">
        This key opens no connection <code>{id}</code>
      </p>
      <p>Choose one that it opens.</p>
    </div>
  );
}
