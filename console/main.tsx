/** The console: the frame around every view, and the view that the URL names. */
import { useSignalEffect } from "@preact/signals";
import { type JSX, render } from "preact";
import { useErrorBoundary, useRef } from "preact/hooks";
import { ConnectionsView } from "./connections/connections-view.tsx";
import { CreateView } from "./create/create-view.tsx";
import { viewTitles } from "./labels.ts";
import { OperationView } from "./operations/operation-view.tsx";
import { OperationsView } from "./operations/operations-view.tsx";
import { Announcer, goToContent } from "./parts/accessibility.tsx";
import { FailureNotice, Pending } from "./parts/notices.tsx";
import { SignIn } from "./sign-in.tsx";
import { route, type View } from "./state/router.ts";
import { resume, session, signIn, signOut } from "./state/session.ts";
import { TopBar } from "./top-bar.tsx";
import { TranslateView } from "./translate/translate-view.tsx";

const pages: Record<View, () => JSX.Element> = {
  translate: TranslateView,
  create: CreateView,
  operations: OperationsPage,
  connections: ConnectionsView,
};

const noSuchPage = { title: "No such page", Page: NoSuchPage };

const pageOf = (view: View | undefined) =>
  view === undefined ? noSuchPage : { title: viewTitles[view], Page: pages[view] };

function OperationsPage() {
  const { id } = route.value;
  return id === null ? <OperationsView /> : <OperationView key={id} id={id} />;
}

function App() {
  const shownPage = useRef<string | null>(null);
  useSignalEffect(() => {
    const { view, id } = route.value;
    document.title = `${pageOf(view).title} · Account Gateway`;
    const page = session.value.kind === "open" ? `${view}/${id ?? ""}` : null;
    // After a sign-in or a change of view, move to the top of the content.
    if (page !== null && shownPage.current !== page) goToContent();
    shownPage.current = page;
  });
  const skip = (event: Event) => {
    event.preventDefault();
    goToContent();
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
      <p>The address may be incomplete or from another version. The bar above links to every page of the console.</p>
    </div>
  );
}

function Content() {
  const [error] = useErrorBoundary();
  const current = session.value;
  if (error !== undefined && error !== null) {
    return (
      <div class="notice notice-bad" role="alert">
        <p class="notice-title">The console cannot show this page</p>
        <p>
          This is a bug in the console. If you were creating an account, it may exist. Reload the page, and look at the
          operations.
        </p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    );
  }
  switch (current.kind) {
    case "signed_out":
      return <SignIn failure={current.failure} />;
    case "opening":
      return <Pending>Reading the connections of this key…</Pending>;
    case "failed": {
      const { key, failure } = current;
      return (
        <div class="narrow">
          <FailureNotice failure={failure} onRetry={() => void signIn(key)} />
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

const root = document.querySelector("#console");
if (root !== null) render(<App />, root);
void resume();
