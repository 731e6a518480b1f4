import { effect, signal } from "@preact/signals";
import { viewTitles } from "./labels.ts";
import { href, route, views } from "./state/router.ts";
import { session, signOut } from "./state/session.ts";

const themes = ["system", "light", "dark"] as const;
const themeStorageName = "account-gateway.theme";
const theme = signal(themes.find((each) => each === localStorage.getItem(themeStorageName)) ?? "system");
effect(() => {
  localStorage.setItem(themeStorageName, theme.value);
  document.documentElement.dataset["theme"] = theme.value;
});

export function TopBar() {
  const isOpen = session.value.kind === "open";
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  return (
    <header class="top-bar">
      <a class="brand" href={href("translate")}>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path
            d="M2 10h4.5C9 10 9 4 11.5 4H18M6.5 10H18M6.5 10C9 10 9 16 11.5 16H18"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
          />
        </svg>
        Account Gateway
      </a>
      <nav aria-label="Views">
        {isOpen
          ? views.map((view) => (
              <a key={view} href={href(view)} aria-current={route.value.view === view ? "page" : undefined}>
                {viewTitles[view]}
              </a>
            ))
          : null}
      </nav>
      <div class="top-bar-end">
        <a class="button button-quiet" href="/docs" target="_blank" rel="noreferrer">
          Reference
        </a>
        <button
          type="button"
          class="button button-quiet"
          aria-label={`Theme: ${theme.value}. Change to ${next}`}
          onClick={() => {
            theme.value = next;
          }}
        >
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M8 2a6 6 0 0 1 0 12Z" fill="currentColor" />
          </svg>
          <span class="theme-name">{theme.value}</span>
        </button>
        {isOpen ? (
          <button type="button" class="button button-quiet" onClick={signOut}>
            Sign out
          </button>
        ) : null}
      </div>
    </header>
  );
}
