/** What the gateway recognises its own account by: the UUID of the operation's id, where the caller names no reference. */
import { describe, expect, test } from "vitest";
import { previews } from "../../../../schemas/documents/preview.ts";
import {
  type Answer,
  begin,
  call,
  configure,
  connectionOf,
  create,
  isCreate,
  newKey,
  sends,
  stampIn,
  traffic,
  useLedgers,
  type Vendor,
} from "./ledger.ts";

useLedgers();

const acme = { name: "Acme" };
const homes = {
  clarus: "/data/attributes/external_system_reference1",
  elastic_path: "/data/external_ref",
} as const;
const stamped = ["clarus", "elastic_path"] as const;
const query = "?include=fields";

/** What the last create sent as the account's reference. */
function referenceSent(): unknown {
  const { data } = JSON.parse(traffic().findLast(isCreate)?.body ?? "{}");
  return data?.external_ref ?? data?.attributes?.external_system_reference1;
}
const fieldsTo = ({ account }: Answer, to: string) => account?.fields?.filter((entry) => entry.to === to);
const isStamped = ({ account }: Answer) => account?.fields?.some(({ disposition }) => disposition === "stamped");

describe.each(stamped)("%s", (vendor) => {
  const to = homes[vendor];

  test("a create with a key carries its operation's id, reported and confirmed", async () => {
    const idempotencyKey = newKey();
    const created = await create(vendor, acme, { idempotencyKey, query });
    const operation = created.account?.operation;
    expect(operation).toMatch(new RegExp(`^${connectionOf(vendor)}\\.`));
    const stamp = stampIn(operation);
    // Short and plain, so that a vendor stores it as it is.
    expect(stamp).toMatch(/^[0-9a-f]{32}$/);
    expect(referenceSent()).toBe(stamp);
    expect(created.account?.external_ref).toBe(stamp);
    expect(fieldsTo(created, to)).toEqual([
      {
        field: null,
        disposition: "stamped",
        to,
        value: stamp,
        reason: expect.stringContaining("operation's id"),
        confirmed: true,
      },
    ]);
    expect(created.account?.warnings).toEqual([]);
  });

  test.each([null, "", "  ", "\u200B"])("a reference of %j is none, and is told to be so", async (external_ref) => {
    const created = await create(vendor, { ...acme, external_ref }, { query });
    expect(referenceSent()).toBe(stampIn(created.account?.operation));
    expect(created.account?.fields?.find(({ field }) => field === "/external_ref")).toMatchObject({
      disposition: "implied",
      to: null,
      value: external_ref,
      reason: "no value",
    });
  });

  test.each<[string, object, Record<string, string>?]>([
    ["null", { ...acme, external_ref: null }],
    ["null, leniently", { ...acme, external_ref: null }, { Prefer: "handling=lenient" }],
  ])("a reference that is %s is implied, and stamped", async (_, body, headers = {}) => {
    const created = await create(vendor, body, { query, headers });
    expect(created.account?.fields).toContainEqual(
      expect.objectContaining({ field: "/external_ref", disposition: "implied", to: null, value: null }),
    );
    expect(fieldsTo(created, to)).toEqual([expect.objectContaining({ disposition: "stamped", confirmed: true })]);
    expect(referenceSent()).toBe(stampIn(created.account?.operation));
  });

  test("a reference of the caller's own is sent, and no other", async () => {
    const created = await create(vendor, { ...acme, external_ref: "crm-4711" }, { query });
    expect(referenceSent()).toBe("crm-4711");
    expect(isStamped(created)).toBe(false);
    expect(created.account?.external_ref).toBe("crm-4711");
  });

  test("a reference that the connection's fallback fills is sent, and no other", async () => {
    const source = vendor === "clarus" ? "code" : "registration_id";
    begin({ changes: { [vendor]: { fallback: { external_ref: [source] } } } });
    for (const given of [{}, { external_ref: null }]) {
      const value = newKey();
      const created = await create(vendor, { ...acme, [source]: value, ...given }, { query });
      expect([referenceSent(), isStamped(created)]).toEqual([value, false]);
      expect(fieldsTo(created, to)).toEqual([expect.objectContaining({ disposition: "defaulted" })]);
    }
  });

  test("a connection with `stamp = false` carries none", async () => {
    begin({ changes: { [vendor]: { stamp: false } } });
    const created = await create(vendor, acme, { query });
    expect([referenceSent(), isStamped(created)]).toEqual([undefined, false]);
    expect(created.account?.operation).not.toBe(null);
  });

  test("a create without a key carries none", async () => {
    begin({ changes: { [vendor]: { require_key: false } } });
    const created = await create(vendor, acme, { idempotencyKey: null, query });
    expect([created.status, referenceSent(), isStamped(created)]).toEqual([201, undefined, false]);
  });

  test("no two operations carry the same", async () => {
    const first = await create(vendor, { name: "Acme" });
    const second = await create(vendor, { name: "Beta" });
    expect(second.account?.external_ref).not.toBe(first.account?.external_ref);
  });
});

test("Elastic Path is still sent `null` where nothing fills it", async () => {
  begin({ changes: { elastic_path: { require_key: false } } });
  const body = { ...acme, external_ref: null };
  const created = await create("elastic_path", body, { idempotencyKey: null, query });
  expect(JSON.parse(traffic().findLast(isCreate)?.body ?? "").data).toHaveProperty("external_ref", null);
  expect(fieldsTo(created, "/data/external_ref")).toEqual([
    expect.objectContaining({ field: "/external_ref", disposition: "sent", value: null }),
  ]);
});

test("Garmat has no place for one", async () => {
  const created = await create("garmat", acme, { query });
  expect(isStamped(created)).toBe(false);
  expect(traffic().findLast(isCreate)?.body).not.toContain(stampIn(created.account?.operation));
});

describe("a preview", () => {
  const placeholder = "[operation id]";
  const previewOf = async (vendor: Vendor, body: object = acme, headers: Record<string, string> = {}) => {
    const answer = await call("/v1/accounts/preview", {
      body,
      headers: { "Gateway-Connection": connectionOf(vendor), ...headers },
    });
    const [preview] = previews.parse(JSON.parse(answer.text)).previews;
    return { text: answer.text, fields: preview?.fields, body: preview?.request?.body };
  };
  const withKey = { "Idempotency-Key": "some-key" };

  test.each(stamped)("of %s shows where the stamp will stand", async (vendor) => {
    const { fields, body } = await previewOf(vendor);
    expect(fields).toContainEqual(
      expect.objectContaining({ field: null, disposition: "stamped", to: homes[vendor], value: placeholder }),
    );
    expect(JSON.stringify(body)).toContain(placeholder);
    expect(sends()).toBe(0);
  });

  test.each(stamped)("of %s shows it with a key alone, where one may be left out", async (vendor) => {
    await configure({ [vendor]: { require_key: false } });
    expect((await previewOf(vendor, acme, withKey)).text).toContain(placeholder);
    expect((await previewOf(vendor)).text).not.toContain(placeholder);
  });

  test("shows none where none will stand", async () => {
    expect((await previewOf("garmat", acme, withKey)).text).not.toContain(placeholder);
    expect((await previewOf("clarus", { ...acme, external_ref: "crm-1" }, withKey)).text).not.toContain(placeholder);
    await configure({ elastic_path: { stamp: false } });
    expect((await previewOf("elastic_path", acme, withKey)).text).not.toContain(placeholder);
  });

  test("refuses a key that cannot be read", async () => {
    const headers = { "Gateway-Connection": "clarus", "Idempotency-Key": '"open' };
    expect((await call("/v1/accounts/preview", { body: acme, headers })).problem?.code).toBe("invalid_idempotency_key");
  });
});
