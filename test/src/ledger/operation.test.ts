import { expect, test } from "vitest";
import { allAdapters } from "../../../sandbox/sandboxes.ts";
import { authAdapters, authVendors, newKeyPair } from "../../support/auth-vendor.ts";
import { readConfiguration } from "../../../src/connections/configuration.ts";
import { isSameTarget, targetOf } from "../../../src/ledger/operation.ts";

const garmatKey = { vendor: "garmat", auth: { type: "api_key", api_key: { secret: "VENDOR_SECRET" } } };

function target(base_url: string, changes: object = garmatKey, secret = "a secret of some length") {
  const CONNECTION_ACME = { id: "acme", base_url, ...changes };
  const variables = { CONNECTION_ACME, VENDOR_SECRET: secret };
  const plan = readConfiguration([...allAdapters, ...authAdapters], variables).connections.get("acme")?.plan;
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

test.each([
  ["basic", { username: "other" }],
  ["hmac", { key_id: "other" }],
  ["refreshToken", { client_id: "other" }],
  ["jwtBearer", { issuer: "other" }],
  ["jwtBearer", { subject: "other@acme.example" }],
] as const)("%s: %j is another target, but another secret is not", async (name, changes) => {
  const { adapter, auth } = authVendors[name];
  const secretOf = async (text: string) => (name === "jwtBearer" ? (await newKeyPair()).privateKey : text);
  const targetWith = async (members: object, text: string) =>
    target("https://vendor.example", { vendor: adapter.vendor, auth: { ...auth, ...members } }, await secretOf(text));
  const before = await targetWith({}, "the first secret");
  expect(isSameTarget(before, await targetWith({}, "the second secret"))).toBe(true);
  expect(isSameTarget(before, await targetWith(changes, "the first secret"))).toBe(false);
});

test("client credentials: the client is part of the target that older versions stored", () => {
  const auth = { type: "client_credentials", client_id: "gateway", client_secret: { secret: "VENDOR_SECRET" } };
  expect(target("https://garmat.example", { vendor: "garmat", auth }).target).toBe(
    '["garmat","https://garmat.example",{},"gateway"]',
  );
});

test("a vendor's setting is part of the target, in a header or not, but the version of its API is not", () => {
  const token = { type: "bearer", token: { secret: "VENDOR_SECRET" } };
  const clarus = (subdomain: string) => target("https://clarus.example", { vendor: "clarus", subdomain, auth: token });
  expect(clarus("acme").target).toBe('["clarus","https://clarus.example",{"X-Clarus-Subdomain":"acme"},null]');
  expect(isSameTarget(clarus("acme"), clarus("other"))).toBe(false);
  const hubspot = (external_ref_property: string) =>
    target("https://hubspot.example", { vendor: "hubspot", external_ref_property, auth: token });
  expect(isSameTarget(hubspot("crm_reference"), hubspot("other_reference"))).toBe(false);
  expect(target("https://stripe.example", { vendor: "stripe", auth: token }).target).toBe(
    '["stripe","https://stripe.example",{},null]',
  );
});
