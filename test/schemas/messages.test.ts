/** All zod schemas of a process share one configuration, so the gateway must not change the messages of an app's schemas. */
import { expect, test } from "vitest";
import * as z from "zod";
import { gatewayHandlers } from "../../packages/testing/src/index.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { readConfiguration } from "../../src/connections/configuration.ts";

test("the gateway does not change the messages of an app's schemas", () => {
  expect(gatewayHandlers().length).toBeGreaterThan(0);
  expect(z.url().safeParse("nowhere").error?.issues[0]?.message).toBe("Invalid URL");
});

test("an app's zod configuration does not change the gateway's messages", () => {
  z.config({ localeError: () => "A message of the app" });
  const { faults } = readConfiguration(allAdapters, {
    CONNECTION_A: {
      id: "a",
      vendor: "garmat",
      base_url: "https://garmat.test",
      auth: { type: "api_key" },
      timeout_ms: 1,
    },
    KEY_A: { name: "a", sha256: [], connections: "a" },
  });
  expect(faults.map(({ path, detail }) => `${path}: ${detail}`)).toEqual([
    "CONNECTION_A.timeout_ms: Too small: expected number of >=100",
    "CONNECTION_A.auth.api_key: Is required",
    "KEY_A.sha256: Too small: expected array of >=1 items",
    "KEY_A.connections: Expected array, received string",
  ]);
});
