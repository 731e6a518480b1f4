/** Asks for the gateway key. */
import { useState } from "preact/hooks";
import type { Failure } from "./gateway/request.ts";
import { FailureNotice } from "./parts/failure-notice.tsx";
import { forgetRefusal, signIn } from "./state/session.ts";

const demoKey = "demo-key";
/** Where a developer's own gateway is served. */
const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export function SignIn({ failure }: { failure: Failure | null }) {
  const [key, setKey] = useState("");
  const [isKept, setIsKept] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    void signIn(key, isKept);
  };
  return (
    <div class="sign-in">
      <h1>One request, every vendor’s dialect</h1>
      <p class="lead">
        Write a customer account once. See what each vendor would be sent, create it, and watch what becomes of it.
      </p>
      {failure === null ? null : isUnknownKey(failure) ? <UnknownKey /> : <FailureNotice failure={failure} />}
      <form class="panel sign-in-form" onSubmit={submit}>
        <label for="gateway-key">Gateway key</label>
        <input
          id="gateway-key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={key}
          aria-describedby="key-is-kept"
          onInvalid={forgetRefusal}
          onInput={(event) => {
            setKey(event.currentTarget.value);
            forgetRefusal();
          }}
        />
        <p id="key-is-kept" class="hint">
          Held in this page’s memory alone, and sent to this gateway only.
        </p>
        <label class="check">
          <input type="checkbox" checked={isKept} onChange={(event) => setIsKept(event.currentTarget.checked)} />
          Keep it until this tab is closed
        </label>
        <button type="submit" class="button button-primary">
          Sign in
        </button>
      </form>
      {isLoopback ? (
        <p class="hint">
          With <code>npm run dev</code> the key is <code>{demoKey}</code>.{" "}
          <button type="button" class="link" onClick={() => void signIn(demoKey, isKept)}>
            Use the demo key
          </button>
        </p>
      ) : null}
    </div>
  );
}

const isUnknownKey = (failure: Failure): boolean =>
  failure.kind === "problem" && failure.problem.code === "unauthenticated";

/** The gateway's own words for it are for who writes a header. */
function UnknownKey() {
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">The gateway does not know this key</p>
      <p>Correct it, or ask whoever runs the gateway for one. One that worked before was withdrawn.</p>
    </div>
  );
}
