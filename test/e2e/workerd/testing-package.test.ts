/** The testing package runs in workerd, without Node's APIs. */
import { getResponse, type HttpHandler } from "msw";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gatewayScenario } from "../../../packages/testing/src/index.ts";
import { connections, createRepeatedly, expected, scenarioNames } from "../../packages/testing/answers.ts";

let handlers: HttpHandler[] = [];

beforeEach(() => {
  vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
    const response = await getResponse(handlers, new Request(input, init));
    if (response === undefined || response.type === "error") throw new TypeError("Failed to fetch");
    return response;
  });
});
afterEach(() => void vi.unstubAllGlobals());

describe.each(scenarioNames)("%s", (name) => {
  test.each(connections)("answers as expected on %s", async (connection) => {
    handlers = gatewayScenario(name);
    const answers = expected[name][connection];
    expect(await createRepeatedly(connection, answers.length)).toEqual(answers);
  });
});
