import type { Environment } from "../environment.ts";

/** What a send needs of the world around it. */
export interface SendContext {
  fetch: typeof fetch;
  /** In milliseconds since the epoch. */
  now: () => number;
  /** Keeps what others may wait for alive when its own client has gone. */
  waitUntil: (promise: Promise<unknown>) => void;
  /** W3C Trace Context, sent along to the vendor. */
  traceparent: string;
  /** Nothing is begun after this, and nothing goes on. */
  untilMs: number;
}

/** The network as the Worker sees it: `*.sandbox.test` is the sandbox, where one is bound. */
export function fetchFor({ SANDBOX: sandbox }: Environment): SendContext["fetch"] {
  if (sandbox === undefined) return (input, init) => fetch(input, init);
  return (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).hostname.endsWith(".sandbox.test") ? sandbox.fetch(request) : fetch(request);
  };
}

/** The same, with word of each request just before it is handed to the network. */
export function announcing(context: SendContext, announce: (request: Request) => void): SendContext {
  return {
    ...context,
    fetch: (input, init) => {
      const request = new Request(input, init);
      announce(request);
      return context.fetch(request);
    },
  };
}
