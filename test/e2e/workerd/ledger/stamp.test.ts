/** The stamp is the UUID of the operation's id. It is sent as the account's reference if the caller gives none. */
import { describe, expect, test } from "vitest";
import { previews } from "../../../../schemas/documents/preview.ts";
import {
  acme,
  type Answer,
  call,
  connectionOf,
  newIdempotencyKey,
  resetVendors,
  sends,
  setup,
  stampDestinations,
  stampedVendors,
  stampOf,
  traffic,
  useLedgers,
  type Vendor,
} from "../../../support/workerd/ledger.ts";
import { isCreate } from "../../../support/vendor-requests.ts";

useLedgers();

const query = "?include=fields";

/** The reference in the last create. */
function referenceSent(): unknown {
  const { data } = JSON.parse(traffic().findLast(isCreate)?.body ?? "{}");
  return data?.external_ref ?? data?.attributes?.external_system_reference1;
}
const fieldsTo = ({ account }: Answer, to: string) => account?.fields?.filter((entry) => entry.to === to);
const isStamped = ({ account }: Answer) => account?.fields?.some(({ disposition }) => disposition === "stamped");

describe.each(stampedVendors)("%s", (vendor) => {
  const to = stampDestinations[vendor];

  test("a create with a key sends its operation's id, and reports it as confirmed", async () => {
    const { create } = setup(vendor);
    const idempotencyKey = newIdempotencyKey();
    const created = await create(acme, { idempotencyKey, query });
    const operation = created.account?.operation;
    expect(operation).toMatch(new RegExp(`^${connectionOf(vendor)}\\.`));
    const stamp = stampOf(operation);
    // Short and plain, so that vendors store it unchanged.
    expect(stamp).toMatch(/^[0-9a-f]{32}$/);
    expect(referenceSent()).toBe(stamp);
    expect(created.account?.external_ref).toBe(stamp);
    expect(fieldsTo(created, to)).toEqual([
      {
        field: null,
        disposition: "stamped",
        to,
        value: stamp,
        reason: expect.stringContaining("operation's UUID"),
        confirmed: true,
      },
    ]);
    expect(created.account?.warnings).toEqual([]);
  });

  test.each([null, "", "  ", "\u200B"])(
    "a reference of %j counts as missing, and is reported as `implied`",
    async (external_ref) => {
      const { create } = setup(vendor);
      const created = await create({ ...acme, external_ref }, { query });
      expect(referenceSent()).toBe(stampOf(created.account?.operation));
      expect(created.account?.fields?.find(({ field }) => field === "/external_ref")).toMatchObject({
        disposition: "implied",
        to: null,
        value: external_ref,
        reason: "no value",
      });
    },
  );

  test.each<[string, object, Record<string, string>?]>([
    ["null", { ...acme, external_ref: null }],
    ["null, leniently", { ...acme, external_ref: null }, { Prefer: "handling=lenient" }],
  ])("a reference that is %s is implied, and stamped", async (_, body, headers = {}) => {
    const { create } = setup(vendor);
    const created = await create(body, { query, headers });
    expect(created.account?.fields).toContainEqual(
      expect.objectContaining({ field: "/external_ref", disposition: "implied", to: null, value: null }),
    );
    expect(fieldsTo(created, to)).toEqual([expect.objectContaining({ disposition: "stamped", confirmed: true })]);
    expect(referenceSent()).toBe(stampOf(created.account?.operation));
  });

  test("the caller's reference is sent instead of a stamp", async () => {
    const { create } = setup(vendor);
    const created = await create({ ...acme, external_ref: "crm-4711" }, { query });
    expect(referenceSent()).toBe("crm-4711");
    expect(isStamped(created)).toBe(false);
    expect(created.account?.external_ref).toBe("crm-4711");
  });

  test("a reference from the connection's fallback is sent instead of a stamp", async () => {
    const { create } = setup(vendor);
    const source = vendor === "clarus" ? "code" : "registration_id";
    resetVendors({ changes: { [vendor]: { fallback: { external_ref: [source] } } } });
    for (const given of [{}, { external_ref: null }]) {
      const value = newIdempotencyKey();
      const created = await create({ ...acme, [source]: value, ...given }, { query });
      expect([referenceSent(), isStamped(created)]).toEqual([value, false]);
      expect(fieldsTo(created, to)).toEqual([expect.objectContaining({ disposition: "defaulted" })]);
    }
  });

  test("a connection with `stamp = false` sends no stamp", async () => {
    const { create } = setup(vendor, { connection: { stamp: false } });
    const created = await create(acme, { query });
    expect([referenceSent(), isStamped(created)]).toEqual([undefined, false]);
    expect(created.account?.operation).not.toBe(null);
  });

  test("a create without a key sends no stamp", async () => {
    const { create } = setup(vendor, { connection: { require_key: false } });
    const created = await create(acme, { idempotencyKey: null, query });
    expect([created.status, referenceSent(), isStamped(created)]).toEqual([201, undefined, false]);
  });

  test("two operations have different stamps", async () => {
    const { create } = setup(vendor);
    const first = await create();
    const second = await create({ name: "Beta" });
    expect(second.account?.external_ref).not.toBe(first.account?.external_ref);
  });
});

test("Elastic Path gets `null` if there is no stamp", async () => {
  const { create } = setup("elastic_path", { connection: { require_key: false } });
  const body = { ...acme, external_ref: null };
  const created = await create(body, { idempotencyKey: null, query });
  expect(JSON.parse(traffic().findLast(isCreate)?.body ?? "").data).toHaveProperty("external_ref", null);
  expect(fieldsTo(created, "/data/external_ref")).toEqual([
    expect.objectContaining({ field: "/external_ref", disposition: "sent", value: null }),
  ]);
});

test("Garmat gets no stamp", async () => {
  const { create } = setup("garmat");
  const created = await create(acme, { query });
  expect(isStamped(created)).toBe(false);
  expect(traffic().findLast(isCreate)?.body).not.toContain(stampOf(created.account?.operation));
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

  test.each(stampedVendors)("of %s shows where the stamp goes", async (vendor) => {
    const { fields, body } = await previewOf(vendor);
    expect(fields).toContainEqual(
      expect.objectContaining({
        field: null,
        disposition: "stamped",
        to: stampDestinations[vendor],
        value: placeholder,
      }),
    );
    expect(JSON.stringify(body)).toContain(placeholder);
    expect(sends()).toBe(0);
  });

  test.each(stampedVendors)("of %s shows the stamp only with a key if keys are optional", async (vendor) => {
    setup(vendor, { connection: { require_key: false } });
    expect((await previewOf(vendor, acme, withKey)).text).toContain(placeholder);
    expect((await previewOf(vendor)).text).not.toContain(placeholder);
  });

  test("shows no stamp if none is sent", async () => {
    expect((await previewOf("garmat", acme, withKey)).text).not.toContain(placeholder);
    expect((await previewOf("clarus", { ...acme, external_ref: "crm-1" }, withKey)).text).not.toContain(placeholder);
    setup("elastic_path", { connection: { stamp: false } });
    expect((await previewOf("elastic_path", acme, withKey)).text).not.toContain(placeholder);
  });

  test("refuses an invalid Idempotency-Key", async () => {
    const headers = { "Gateway-Connection": "clarus", "Idempotency-Key": '"open' };
    expect((await call("/v1/accounts/preview", { body: acme, headers })).problem?.code).toBe("invalid_idempotency_key");
  });
});
