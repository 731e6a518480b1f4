/** One request to the gateway, and all that can become of it. */
import type { Problem } from "../../schemas/problem.ts";

export type Failure =
  | { kind: "problem"; problem: Problem; retryAfterSeconds: number | null }
  /** Nothing came back. */
  | { kind: "no_answer" }
  /** What came back is nothing that the gateway says. */
  | { kind: "unreadable"; status: number };

export type Answer<Body> =
  | { ok: true; status: number; headers: Headers; body: Body }
  | { ok: false; headers: Headers; failure: Failure };

export interface Question {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
}

export async function request<Body>(key: string, path: string, question: Question = {}): Promise<Answer<Body>> {
  const { method = "GET", headers = {}, body = null, signal = null } = question;
  const json: Record<string, string> = body === null ? {} : { "Content-Type": "application/json" };
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${key}`, ...json, ...headers },
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch {
    return { ok: false, headers: new Headers(), failure: { kind: "no_answer" } };
  }
  return read(response);
}

async function read<Body>(response: Response): Promise<Answer<Body>> {
  const { status, headers } = response;
  const type = headers.get("Content-Type") ?? "";
  const unreadable = { ok: false, headers, failure: { kind: "unreadable", status } } as const;
  if (!(response.ok ? /[/+]json\b/ : /\bproblem\+json\b/).test(type)) return unreadable;
  try {
    if (response.ok) return { ok: true, status, headers, body: await response.json() };
    const problem: Problem = await response.json();
    const retryAfter = headers.get("Retry-After");
    const retryAfterSeconds = retryAfter === null ? null : Number(retryAfter);
    return { ok: false, headers, failure: { kind: "problem", problem, retryAfterSeconds } };
  } catch {
    return unreadable;
  }
}
