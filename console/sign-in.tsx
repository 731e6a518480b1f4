/** The form for the gateway key. */
import { useState } from "preact/hooks";
import type { Failure } from "./gateway/gateway.ts";
import { FailureNotice } from "./parts/notices.tsx";
import { clearFailure, signIn } from "./state/session.ts";

const demoKey = "demo-key";
/** `npm run dev` serves the gateway here. */
const isLoopback = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export function SignIn({ failure }: { failure: Failure | null }) {
  const [key, setKey] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    void signIn(key);
  };
  return (
    <div class="sign-in">
      <h1>One request format for every vendor</h1>
      <p class="lead">
        Write a customer account once. See the request to each vendor, create the account, and follow its outcome.
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
          aria-describedby="where-the-key-is-kept"
          onInvalid={clearFailure}
          onInput={(event) => {
            setKey(event.currentTarget.value);
            clearFailure();
          }}
        />
        <p id="where-the-key-is-kept" class="hint">
          The key stays in this tab until you sign out or close the tab. The console sends it to this gateway only.
        </p>
        <button type="submit" class="button button-primary">
          Sign in
        </button>
      </form>
      {isLoopback ? (
        <p class="hint">
          With <code>npm run dev</code> the key is <code>{demoKey}</code>.{" "}
          <button type="button" class="link" onClick={() => void signIn(demoKey)}>
            Use the demo key
          </button>
        </p>
      ) : null}
    </div>
  );
}

const isUnknownKey = (failure: Failure): boolean =>
  failure.kind === "problem" && failure.problem.code === "unauthenticated";

/** Shown in place of the problem's own text, which describes the HTTP header. */
function UnknownKey() {
  return (
    <div class="notice notice-bad" role="alert">
      <p class="notice-title">The gateway does not know this key</p>
      <p>
        Correct the key, or ask the gateway’s operator for a new one. If the key worked before, the operator may have
        removed it.
      </p>
    </div>
  );
}
