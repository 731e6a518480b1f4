import { expect, test } from "vitest";
import { allAdapters } from "../../../adapters/index.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import { isSameTarget, targetOf } from "../../../src/ledger/operation.ts";

function target(base_url: string) {
  const auth = { type: "api_key", api_key: { secret: "KEY" } };
  const connection = { id: "acme", vendor: "garmat", base_url, auth };
  const { connections } = readConfiguration(allAdapters, {
    CONNECTION_ACME: connection,
    KEY: "a secret of some length",
  });
  const plan = connections.get("acme")?.plan;
  if (plan === undefined) throw new Error("The configuration has faults");
  return targetOf(plan);
}

const { target: stored } = target("https://garmat.example");

test("another path is another target", () => {
  const here = target("https://garmat.example/a");
  expect(isSameTarget(here, target("https://garmat.example/a/"))).toBe(true);
  expect(isSameTarget(here, target("https://garmat.example/b"))).toBe(false);
  expect(isSameTarget(here, target("https://garmat.example"))).toBe(false);
});

test("an operation that an older version stored has no path, and matches any path of its origin", () => {
  expect(stored).toBe('["garmat","https://garmat.example",{},null]');
  expect(isSameTarget(target("https://garmat.example"), { target: stored })).toBe(true);
  expect(isSameTarget(target("https://garmat.example/a"), { target: stored })).toBe(true);
  expect(isSameTarget(target("https://other.example"), { target: stored })).toBe(false);
});
