/** One request to the gateway, and all that can become of it. */
import type { Problem } from "../../schemas/documents/problem.ts";
import { problem as isProblem, type Shape } from "./shapes.ts";

export type Failure =
  /** A header cannot hold the value, so that nothing was sent. */
  | { kind: "not_sendable"; header: string }
  | { kind: "problem"; problem: Problem; retryAfterSeconds: number | null }
  /** Nothing came back. */
  | { kind: "no_answer" }
  /** What came back is nothing that the gateway says. */
  | { kind: "unreadable"; status: number }
  /** What came back is JSON that the console does not know. */
  | { kind: "unknown_form"; status: number };

export type Answer<Body> =
  | { ok: true; status: number; headers: Headers; body: Body }
  | { ok: false; headers: Headers; failure: Failure };

export interface Question {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
}

export async function request<Body>(
  key: string,
  shape: Shape<Body>,
  path: string,
  question: Question = {},
): Promise<Answer<Body>> {
  const { method = "GET", headers = {}, body = null, signal = null } = question;
  const json: Record<string, string> = body === null ? {} : { "Content-Type": "application/json" };
  const sent = { Authorization: `Bearer ${key}`, ...json, ...headers };
  const header = Object.entries(sent).find((entry) => !isSendable(entry))?.[0];
  if (header !== undefined) return { ok: false, headers: new Headers(), failure: { kind: "not_sendable", header } };
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch {
    return { ok: false, headers: new Headers(), failure: { kind: "no_answer" } };
  }
  return read(response, shape);
}

/** Headers hold Latin-1 alone. */
function isSendable([name, value]: [name: string, value: string]): boolean {
  const headers = new Headers();
  try {
    headers.set(name, value);
    return true;
  } catch {
    return false;
  }
}

async function read<Body>(response: Response, shape: Shape<Body>): Promise<Answer<Body>> {
  const { status, headers } = response;
  const type = headers.get("Content-Type") ?? "";
  const unreadable = { ok: false, headers, failure: { kind: "unreadable", status } } as const;
  if (!(response.ok ? /[/+]json\b/ : /\bproblem\+json\b/).test(type)) return unreadable;
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    return unreadable;
  }
  if (response.ok && shape(body)) return { ok: true, status, headers, body };
  if (response.ok || !isProblem(body)) return { ok: false, headers, failure: { kind: "unknown_form", status } };
  const retryAfter = headers.get("Retry-After");
  const retryAfterSeconds = retryAfter === null ? null : Number(retryAfter);
  return { ok: false, headers, failure: { kind: "problem", problem: body, retryAfterSeconds } };
}
