/** The gateway key is in no error, however deep one looks. */
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

test("the search finds a secret that is there", () => {
  const request = new Request("https://gateway.test", { headers: { Authorization: `Bearer ${key}` } });
  expect(inspect(new Error("lost", { cause: { request } }), depths)).toContain(key);
});

test.each([
  ["no answer", lost],
  ["an answer that never comes", never],
  ["a body that never ends", () => new Response(new ReadableStream())],
  ["a problem", problem({ code: "unauthenticated" })],
  ["a stranger's answer", () => new Response("Who are you?", { status: 403 })],
])("is not in the error of %s", async (_, answer) => {
  gatewayAnswers(answer);
  const error = await failureOf(create({ timeoutMs: 100 }));
  expect(inspect(error, depths)).not.toContain(key);
  expect(JSON.stringify(error)).not.toContain(key);
});

test("is not in the client, as one might log it", () => {
  expect(inspect(client(), depths)).not.toContain(key);
});

test.each([`${key}\n`, `${key}ü`, `two ${key}`, ""])("is not in the refusal of one that is none: %j", (wrong) => {
  const make = () => createAccountGateway({ baseUrl: "https://gateway.test", key: wrong });
  expect(make).toThrow(/^`key` must be printable ASCII/);
  expect(make).not.toThrow(key);
});

test("a key that an environment lacks is refused", () => {
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
])("%s is no place for a gateway, which does not quote it", (baseUrl) => {
  const make = () => createAccountGateway({ baseUrl, key });
  expect(make).toThrow(/^`baseUrl` must be an absolute URL/);
  expect(make).not.toThrow("secret-0815");
});
