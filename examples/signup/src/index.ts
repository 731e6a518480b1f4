/** A signup form and its backend. Every visitor gets an answer, and no company signs up twice. */
import { AccountGatewayError, createAccountGateway } from "@account-gateway/client";
import { Hono } from "hono";
import { html } from "hono/html";
import { validator } from "hono/validator";
import { answerOf } from "./answer.ts";

interface Bindings {
  GATEWAY_URL: string;
  GATEWAY_KEY: string;
  GATEWAY_CONNECTION: string;
}

/** The longest time that a visitor waits for an answer. */
const timeoutMs = 15_000;

const app = new Hono<{ Bindings: Bindings }>();

// The id identifies the form. If the visitor sends the form again, for example after an error, it is the same signup.
app.get("/", (c) =>
  c.html(
    html`<!doctype html>
      <title>Sign up</title>
      <form method="post" action="/signups">
        <input type="hidden" name="id" value="${crypto.randomUUID()}" />
        <label>Company <input name="company" required /></label>
        <label>Registration number <input name="registration_id" /></label>
        <button>Sign up</button>
      </form>`,
  ),
);

const signup = validator("form", ({ id, company, registration_id }, c) =>
  typeof id === "string" && id !== "" && typeof company === "string" && typeof registration_id === "string"
    ? { id, company, registrationId: registration_id || null }
    : c.text("Please fill in the form.", 400),
);

app.post("/signups", signup, async (c) => {
  const { id, company, registrationId } = c.req.valid("form");
  const { GATEWAY_URL: baseUrl, GATEWAY_KEY: key, GATEWAY_CONNECTION: connection } = c.env;
  const gateway = createAccountGateway({ baseUrl, key, connection, timeoutMs });
  try {
    const { account } = await gateway.accounts.create(
      { name: company, registration_id: registrationId, external_ref: id },
      { idempotencyKey: `signup-${id}` },
    );
    return c.text(`Welcome, ${account.name ?? company}!`, 201);
  } catch (error) {
    if (!(error instanceof AccountGatewayError)) throw error;
    const { status, text } = answerOf(error.problem);
    // The request id finds the request in the gateway's log. The message contains no secret.
    if (status >= 500) console.error(error.message, error.requestId);
    return c.text(text, status);
  }
});

export default app;
