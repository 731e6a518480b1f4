import { describe, expect, test } from "vitest";
import { elasticPathList } from "../../schemas/elastic-path.ts";
import { elasticPathErrors, elasticPathReply, elasticPathToken } from "../../schemas/documents/elastic-path.ts";
import { credentials } from "../../sandbox/sandboxes.ts";
import { openVendor } from "./vendors.ts";

const example = {
  data: {
    type: "account",
    name: "acc-name",
    legal_name: "acc-legal-name",
    registration_id: "reg-id",
    external_ref: "ext-ref",
    parent_id: "96b1f750-55d3-4768-a3f8-adffba694a2c",
  },
};
const account = (attributes: Record<string, unknown>) => ({ data: { type: "account", name: "Acme", ...attributes } });

const open = (readLagMs = 0) => openVendor("elastic_path", { readLagMs });
type Sandbox = Awaited<ReturnType<typeof open>>;

const find = async ({ send }: Sandbox, query: Record<string, string>) => {
  const reply = await send(`/v2/accounts?${new URLSearchParams(query).toString()}`);
  expect(reply.status).toBe(200);
  return elasticPathList.parse(await reply.json());
};
const detailsOf = async (reply: Response) =>
  elasticPathErrors.parse(await reply.json()).errors.map(({ detail }) => detail);

const reference = (id: string) => ({ data: { type: "account", id } });

describe("tokens", () => {
  const grant = {
    grant_type: "client_credentials",
    client_id: "sandbox",
    client_secret: credentials.elasticPath.clientSecret,
  };

  test("client credentials get a token for an hour", async () => {
    const sandbox = await open();
    const reply = await sandbox.app.request("/oauth/access_token", {
      method: "POST",
      body: new URLSearchParams(grant),
    });
    expect(elasticPathToken.parse(await reply.json())).toMatchObject({
      token_type: "Bearer",
      expires_in: 3600,
      expires: Math.floor(sandbox.clock.now() / 1000) + 3600,
      identifier: "client_credentials",
    });
    sandbox.clock.advance(3_599_999);
    expect((await sandbox.create("Acme")).status).toBe(201);
    sandbox.clock.advance(1);
    expect((await sandbox.create("Acme")).status).toBe(401);
  });

  test.each([
    [{ ...grant, client_secret: "wrong" }, 401],
    [{ ...grant, client_id: "wrong" }, 401],
    [{ ...grant, grant_type: "implicit" }, 400],
    [{ client_id: "sandbox" }, 400],
  ])("%o is refused with %i", async (fields, status) => {
    const { app } = await open();
    const reply = await app.request("/oauth/access_token", { method: "POST", body: new URLSearchParams(fields) });
    expect(reply.status).toBe(status);
    expect(await detailsOf(reply)).toHaveLength(1);
  });

  test.each(["", "Bearer", "Bearer unknown", "Basic YTpi"])(
    "the authorization %o is refused",
    async (authorization) => {
      const { create } = await open();
      const reply = await create("Acme", { headers: { Authorization: authorization } });
      expect(reply.status).toBe(401);
      expect(elasticPathErrors.parse(await reply.json()).errors[0]).toMatchObject({
        title: "Unauthorized",
        status: "401",
      });
    },
  );
});

describe("create", () => {
  test("accepts the documentation's example", async () => {
    const { post } = await open();
    const reply = await post("/v2/accounts", example);
    expect(reply.status).toBe(201);
    const { data, links } = elasticPathReply.parse(await reply.json());
    expect(data).toMatchObject(example.data);
    expect(data.meta?.timestamps).toEqual({
      created_at: "2026-01-02T03:04:05.678Z",
      updated_at: "2026-01-02T03:04:05.678Z",
    });
    expect(links?.self).toMatch(new RegExp(`/v2/accounts/${data.id}$`));
  });

  test("a member that is missing or null is null in the reply", async () => {
    const { post } = await open();
    const reply = await post("/v2/accounts", account({ legal_name: null }));
    expect(elasticPathReply.parse(await reply.json()).data).toMatchObject({
      legal_name: null,
      registration_id: null,
      external_ref: null,
      parent_id: null,
    });
  });

  test("an account has links to its parent and ancestors", async () => {
    const { post } = await open();
    const create = async (parent_id: string | null) =>
      elasticPathReply.parse(await (await post("/v2/accounts", account({ parent_id }))).json()).data;
    const root = await create(null);
    const middle = await create(root.id);
    const leaf = await create(middle.id);
    expect(leaf.relationships).toEqual({
      parent: reference(middle.id),
      ancestors: [reference(root.id), reference(middle.id)],
    });
  });

  test.each([
    [{ name: "" }, "Validation failed: field 'Name' on the 'min' tag."],
    [{ name: undefined }, "Validation failed: field 'Name' on the 'required' tag."],
    [{ type: "accounts" }, "Validation failed: field 'Type' on the 'eq' tag."],
    [{ registration_id: "r".repeat(64) }, "Validation failed: field 'RegistrationID' on the 'max' tag."],
    [{ external_ref: "e".repeat(2049) }, "Validation failed: field 'ExternalRef' on the 'max' tag."],
    [{ parent_id: "parent" }, "Validation failed: field 'ParentID' on the 'uuid' tag."],
    [{ email: "info@acme.example" }, "Validation failed: field 'Email' on the 'unknown' tag."],
  ])("%o is refused", async (attributes, detail) => {
    const { post, count } = await open();
    const reply = await post("/v2/accounts", account(attributes));
    expect(reply.status).toBe(400);
    expect(await detailsOf(reply)).toEqual([detail]);
    expect(await count()).toBe(0);
  });

  test("the longest values are accepted", async () => {
    const { post } = await open();
    const longest = account({ registration_id: "r".repeat(63), external_ref: "e".repeat(2048) });
    expect((await post("/v2/accounts", longest)).status).toBe(201);
  });

  test("an unknown parent is not found", async () => {
    const { post } = await open();
    const reply = await post("/v2/accounts", account({ parent_id: "deb6b25f-8451-4211-9a22-95610333df23" }));
    expect(reply.status).toBe(404);
    expect(await detailsOf(reply)).toEqual(["parent account not found"]);
  });

  test("`registration_id` is unique, `external_ref` is not checked", async () => {
    const { post, count } = await open();
    expect((await post("/v2/accounts", account({ registration_id: "r", external_ref: "e" }))).status).toBe(201);
    expect((await post("/v2/accounts", account({ external_ref: "e" }))).status).toBe(201);
    const reply = await post("/v2/accounts", account({ registration_id: "r" }));
    expect(reply.status).toBe(409);
    expect(elasticPathErrors.parse(await reply.json()).errors[0]).toMatchObject({ title: "Conflict", status: "409" });
    expect(await count()).toBe(2);
  });

  test("one of several concurrent duplicates is created", async () => {
    const { post } = await open();
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => post("/v2/accounts", account({ registration_id: "r" }))),
    );
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });

  test("invalid JSON and other media types are refused", async () => {
    const { send } = await open();
    const post = (body: string, type: string) =>
      send("/v2/accounts", { method: "POST", body, headers: { "Content-Type": type } });
    expect((await post("{", "application/json")).status).toBe(400);
    expect((await post("{}", "text/plain")).status).toBe(415);
  });
});

describe("lookup", () => {
  test("finds quoted, escaped and plain references", async () => {
    const sandbox = await open();
    const external_ref = 'a "b" \\ c, (d) 100%';
    await sandbox.post("/v2/accounts", account({ name: "odd", external_ref }));
    await sandbox.post("/v2/accounts", example);
    const names = async (filter: string) => (await find(sandbox, { filter })).data.map(({ name }) => name);

    expect(await names('eq(external_ref,"a \\"b\\" \\\\ c, (d) 100%")')).toEqual(["odd"]);
    expect(await names("eq(external_ref,ext-ref)")).toEqual(["acc-name"]);
    expect(await names("like(name,acc*):eq(registration_id,reg-id)")).toEqual(["acc-name"]);
    expect(await names("eq(external_ref,ext)")).toEqual([]);
    const reply = await sandbox.send("/v2/accounts?filter=eq(external_ref%2Cext-ref)");
    expect(elasticPathList.parse(await reply.json()).data).toHaveLength(1);
  });

  test("a new account is listed after the lag, but can be read immediately", async () => {
    const sandbox = await open(60_000);
    const { data } = elasticPathReply.parse(await (await sandbox.create("Acme")).json());
    const listed = async () => (await find(sandbox, { filter: "eq(name,Acme)" })).data.length;
    expect(await listed()).toBe(0);
    sandbox.clock.advance(59_999);
    expect(await listed()).toBe(0);
    sandbox.clock.advance(1);
    expect(await listed()).toBe(1);
    const reply = await sandbox.send(`/v2/accounts/${data.id}`);
    expect(elasticPathReply.parse(await reply.json()).data).toEqual(data);
  });

  test("returns sorted pages", async () => {
    const sandbox = await open();
    for (let index = 0; index < 30; index += 1) await sandbox.create(`account-${String(index).padStart(2, "0")}`);

    const first = await find(sandbox, {});
    expect(first.data).toHaveLength(25);
    expect(first.meta).toEqual({ page: { limit: 25, offset: 0, current: 0, total: 2 }, results: { total: 30 } });
    expect(first.links?.["prev"]).toBeUndefined();

    const next = await sandbox.send(first.links?.["next"] ?? "");
    expect(elasticPathList.parse(await next.json()).data.map(({ name }) => name)).toEqual(
      ["25", "26", "27", "28", "29"].map((suffix) => `account-${suffix}`),
    );
    const last = await find(sandbox, { sort: "-name", "page[limit]": "1" });
    expect(last.data.map(({ name }) => name)).toEqual(["account-29"]);
  });

  test.each([
    { "page[limit]": "101" },
    { "page[offset]": "10001" },
    { "page[limit]": "x" },
    { sort: "email" },
    { filter: "eq(email,a)" },
  ])("%o is refused", async (query) => {
    const { send } = await open();
    const reply = await send(`/v2/accounts?${new URLSearchParams(query).toString()}`);
    expect(reply.status).toBe(400);
    expect(await detailsOf(reply)).toHaveLength(1);
  });

  test.each(["/v2/accounts/deb6b25f-8451-4211-9a22-95610333df23", "/v2/customers"])("%s is not found", async (path) => {
    const { send } = await open();
    const reply = await send(path);
    expect(reply.status).toBe(404);
    expect(await detailsOf(reply)).toHaveLength(1);
  });
});
