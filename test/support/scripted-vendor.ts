// A part of the TCP vendor that answers as a script says, and records each request. `PUT /__script/x` sets the script of
// `/scripted/x/…`, and `GET /__script/x` returns the recorded requests.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** The answers to each kind of request, such as `POST /accounts`, in order. The last answer repeats. */
export type Script = Record<string, ScriptedAnswer[]>;

/** `reset`: the vendor reads the request, and resets the connection. A body that is not text is sent as JSON. */
export type ScriptedAnswer = "reset" | { status: number; headers?: Record<string, string>; body?: unknown };

/** A request that a script answered. */
export interface ScriptedRequest {
  /** The method and the path, such as `GET /accounts`. */
  kind: string;
  /** The query, without `?`. */
  query: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** Answers requests to `/__script/…` and `/scripted/…`. Returns `false` for any other path. */
export function createScriptedVendor() {
  const played = new Map<string, { script: Script; requests: ScriptedRequest[] }>();

  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { pathname, search } = new URL(request.url ?? "/", "http://vendor.test");
    const [, area, marker = "", ...path] = pathname.split("/");
    if (area !== "__script" && area !== "scripted") return false;
    const body = await text(request);
    if (area === "__script" && request.method === "PUT") {
      played.set(marker, { script: JSON.parse(body), requests: [] });
      response.writeHead(204).end();
      return true;
    }
    const { script, requests } = played.get(marker) ?? { script: {}, requests: [] };
    if (area === "__script") {
      response.end(JSON.stringify(requests));
      return true;
    }
    const kind = `${request.method} /${path.join("/")}`;
    const answers = script[kind] ?? [{ status: 404, body: {} }];
    const answer = answers[requests.filter((each) => each.kind === kind).length] ?? answers.at(-1) ?? "reset";
    requests.push({ kind, query: search.slice(1), headers: request.headers, body });
    if (answer === "reset") request.socket.resetAndDestroy();
    else {
      const content = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status, answer.headers).end(content);
    }
    return true;
  };
}
