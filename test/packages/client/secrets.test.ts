/** No error contains the gateway key, at any depth. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createAccountGateway } from "../../../packages/client/src/index.ts";
import {
  client,
  create,
  failureOf,
  gatewayAnswers,
  key,
  lost,
  never,
  problem,
  useScriptedGateway,
} from "./scripted-gateway.ts";

useScriptedGateway();

const depths = { depth: Infinity, showHidden: true, getters: true } as const;

test("the search finds a key in a nested error", () => {
  const request = new Request("https://gateway.test", { headers: { Authorization: `Bearer ${key}` } });
  expect(inspect(new Error("lost", { cause: { request } }), depths)).toContain(key);
});

test.each([
  ["no answer", lost],
  ["an answer that never comes", never],
  ["a body that never ends", () => new Response(new ReadableStream())],
  ["a problem", problem({ code: "unauthenticated" })],
  ["an answer from another server", () => new Response("Who are you?", { status: 403 })],
])("the error for %s does not contain the key", async (_, answer) => {
  gatewayAnswers(answer);
  const error = await failureOf(create({ timeoutMs: 100 }));
  expect(inspect(error, depths)).not.toContain(key);
  expect(JSON.stringify(error)).not.toContain(key);
});

test("a logged client does not contain the key", () => {
  expect(inspect(client(), depths)).not.toContain(key);
});

test.each([`${key}\n`, `${key}ü`, `two ${key}`, ""])(
  "the error for the invalid key %j does not contain it",
  (wrong) => {
    const make = () => createAccountGateway({ baseUrl: "https://gateway.test", key: wrong });
    expect(make).toThrow(/^`key` must be printable ASCII/);
    expect(make).not.toThrow(key);
  },
);

test("a key from an unset environment variable is refused", () => {
  const environment: Record<string, string> = {};
  // @ts-expect-error An app without the compiler may do this.
  expect(() => createAccountGateway({ baseUrl: "https://gateway.test", key: environment["KEY"] })).toThrow(
    "`key` must be",
  );
});

test.each([
  "gateway.test",
  "/",
  "ftp://gateway.test",
  "https://gateway.test?a=b",
  "https://me:secret-0815@gateway.test",
])("the invalid base URL %s is refused, and the error does not contain its password", (baseUrl) => {
  const make = () => createAccountGateway({ baseUrl, key });
  expect(make).toThrow(/^`baseUrl` must be an absolute URL/);
  expect(make).not.toThrow("secret-0815");
});
