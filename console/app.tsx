/** The console: what stands around every view, and which one is shown. */
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useErrorBoundary, useRef } from "preact/hooks";
import { ConnectionsView } from "./connections/connections-view.tsx";
import { CreateView } from "./create/create-view.tsx";
import { OperationView } from "./operations/operation-view.tsx";
import { OperationsView } from "./operations/operations-view.tsx";
import { Announcer } from "./parts/announce.tsx";
import { FailureNotice } from "./parts/failure-notice.tsx";
import { Pending } from "./parts/pending.tsx";
import { toTop } from "./parts/to-top.ts";
import { SignIn } from "./sign-in.tsx";
import { route, type View } from "./state/router.ts";
import { session, signIn, signOut } from "./state/session.ts";
import { TopBar } from "./top-bar.tsx";
import { TranslateView } from "./translate/translate-view.tsx";
import { viewTitles } from "./words.ts";

const pages: Record<View, () => JSX.Element> = {
  translate: TranslateView,
  create: CreateView,
  operations: OperationsOrOne,
  connections: ConnectionsView,
};

const noSuchPage = { title: "No such page", Page: NoSuchPage };

const pageOf = (view: View | undefined) =>
  view === undefined ? noSuchPage : { title: viewTitles[view], Page: pages[view] };

function OperationsOrOne() {
  const { id } = route.value;
  return id === null ? <OperationsView /> : <OperationView key={id} id={id} />;
}

export function App() {
  const shown = useRef<string | null>(null);
  // Whoever moves to another view, or has signed in, is put at its beginning; whoever just came is left alone.
  useSignalEffect(() => {
    const { view, id } = route.value;
    document.title = `${pageOf(view).title} · Account Gateway`;
    const place = session.value.stage === "open" ? `${view}/${id ?? ""}` : null;
    if (place !== null && shown.current !== place) toTop();
    shown.current = place;
  });
  const skip = (event: Event) => {
    event.preventDefault();
    toTop();
  };
  return (
    <>
      <a class="skip-link" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <TopBar />
      <main id="main" tabIndex={-1}>
        <Content key={route.value.view} />
      </main>
      <Announcer />
    </>
  );
}

function NoSuchPage() {
  return (
    <div class="narrow">
      <h1>{noSuchPage.title}</h1>
      <p>The address may be cut off, or be of another version. Every page of the console stands in the bar above.</p>
    </div>
  );
}

function Content() {
  const [error, reset] = useErrorBoundary();
  const current = session.value;
  if (error !== undefined && error !== null) {
    return (
      <div class="notice notice-bad" role="alert">
        <p class="notice-title">The console cannot show this</p>
        <p>
          This is a fault of the console’s own. An account that was being created may exist all the same: the operations
          tell.
        </p>
        <button type="button" class="button" onClick={reset}>
          Try again
        </button>
      </div>
    );
  }
  switch (current.stage) {
    case "signed_out":
      return <SignIn failure={current.failure} />;
    case "opening":
      return <Pending>Asking the gateway what this key opens…</Pending>;
    case "failed": {
      const { key, isKept, failure } = current;
      return (
        <div class="narrow">
          <FailureNotice failure={failure} onRetry={() => void signIn(key, isKept)} />
          <button type="button" class="button button-quiet" onClick={signOut}>
            Use another key
          </button>
        </div>
      );
    }
    case "open": {
      const { Page } = pageOf(route.value.view);
      return <Page />;
    }
  }
}
