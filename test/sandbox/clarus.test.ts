import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { clarusLookupReply } from "../../schemas/clarus.ts";
import { clarusErrors, clarusReply } from "../../schemas/documents/clarus.ts";
import { credentials } from "../../sandbox/sandboxes.ts";
import { openVendor } from "./vendors.ts";

const numbered = (prefix: string, value: unknown) =>
  Object.fromEntries([1, 2, 3, 4, 5].map((index) => [`${prefix}${index}`, value]));

/** All attributes of the documentation's example. */
const attributes = {
  code: "<string>",
  name: "<string>",
  is_active: true,
  external_system_reference1: "<string>",
  external_system_reference2: "<string>",
  external_system_reference3: "<string>",
  ...numbered("string", "<string>"),
  ...numbered("integer", 123),
  ...numbered("datetime", "2023-11-07T05:31:56Z"),
  ...numbered("boolean", true),
};
const account = (members: Record<string, unknown>) => ({ data: { type: "accounts", attributes: members } });
const errorsOf = async (reply: Response) => clarusErrors.parse(await reply.json()).errors;
const open = () => openVendor("clarus");

describe("tokens", () => {
  const grant = {
    grant_type: "client_credentials",
    client_id: "sandbox",
    client_secret: credentials.clarus.clientSecret,
  };

  test("client credentials get a token that expires", async () => {
    const { create, clock } = await open();
    clock.advance(7_199_999);
    expect((await create("ACME")).status).toBe(201);
    clock.advance(1);
    expect((await create("ACME-2")).status).toBe(401);
  });

  test.each([
    [{ ...grant, client_secret: "wrong" }, 401, "invalid_client"],
    [{ ...grant, grant_type: "password" }, 400, "unsupported_grant_type"],
    [{ grant_type: "client_credentials" }, 400, "invalid_request"],
  ])("%o is refused with %i", async (fields, status, error) => {
    const { app } = await open();
    const reply = await app.request("/oauth/token", { method: "POST", body: new URLSearchParams(fields) });
    expect(reply.status).toBe(status);
    expect(await reply.json()).toEqual({ error });
  });

  test.each([
    { Authorization: "Bearer unknown" },
    { Authorization: "" },
    { "X-Clarus-Subdomain": "" },
    { "X-Clarus-Subdomain": "another" },
  ])("%o is refused", async (headers) => {
    const { create, count } = await open();
    const reply = await create("ACME", { headers });
    expect(reply.status).toBe(401);
    expect(await errorsOf(reply)).toHaveLength(1);
    expect(await count()).toBe(0);
  });
});

describe("create", () => {
  test("the documentation's example is created with an integer id", async () => {
    const { post } = await open();
    const reply = await post("/api/accounts", account(attributes));
    expect(reply.status).toBe(201);
    const { data } = clarusReply.parse(await reply.json());
    expect(data).toEqual({ id: 1, type: "accounts", attributes });
    expect(
      clarusReply.parse(await (await post("/api/accounts", account({ code: "B", name: "B" }))).json()).data.id,
    ).toBe(2);
  });

  test("the reply has no e-mail, and `is_active` is true by default", async () => {
    const { post } = await open();
    const reply = await post(
      "/api/accounts",
      account({ code: "ACME", name: "Acme Corporation", email: "info@acme.example" }),
    );
    expect(await reply.json()).toEqual({
      data: { id: 1, type: "accounts", attributes: { code: "ACME", name: "Acme Corporation", is_active: true } },
    });
  });

  test("every error has its pointer", async () => {
    const { post, count } = await open();
    const reply = await post(
      "/api/accounts",
      account({ code: "", integer1: "1", datetime1: "yesterday", colour: "red", string6: "" }),
    );
    expect(reply.status).toBe(422);
    const pointers = (await errorsOf(reply)).map(({ source }) => source?.pointer);
    expect(new Set(pointers)).toEqual(
      new Set(["code", "colour", "datetime1", "integer1", "name", "string6"].map((name) => `/data/attributes/${name}`)),
    );
    expect(await count()).toBe(0);
  });

  test("a code is unique", async () => {
    const { post, count } = await open();
    expect((await post("/api/accounts", account({ code: "ACME", name: "Acme" }))).status).toBe(201);
    const reply = await post("/api/accounts", account({ code: "ACME", name: "Another" }));
    expect(reply.status).toBe(422);
    expect(await errorsOf(reply)).toMatchObject([{ status: "422", source: { pointer: "/data/attributes/code" } }]);
    expect(await count()).toBe(1);
  });

  test.each(["/api/accounts/1", "/api/orders"])("%s is not found", async (path) => {
    const { send } = await open();
    const reply = await send(path);
    expect(reply.status).toBe(404);
    expect(await errorsOf(reply)).toHaveLength(1);
  });
});

async function openWithAccounts() {
  const sandbox = await open();
  await sandbox.post(
    "/api/accounts",
    account({ code: "ACME", name: "Acme Corporation", external_system_reference1: "ref" }),
  );
  await sandbox.post("/api/accounts", account({ code: "ACME-2", name: "Acme_100%" }));
  await sandbox.post("/api/accounts", account({ code: "BETA", name: "beta" }));
  return sandbox;
}

describe("the account query", () => {
  const query =
    "query($filter: AccountFilterType){accounts{all(filter:$filter){edges{node{id code name external_system_reference1}}}}}";

  test("finds an account by code, with its reference", async () => {
    const { post } = await openWithAccounts();
    const reply = clarusLookupReply.parse(
      await (await post("/graphql", { query, variables: { filter: { code: { eq: "ACME" } } } })).json(),
    );
    expect(reply.data.accounts.all.edges).toEqual([
      { node: { id: "1", code: "ACME", name: "Acme Corporation", external_system_reference1: "ref" } },
    ]);
  });

  test.each([
    [undefined, ["ACME", "ACME-2", "BETA"]],
    [{ code: { eq: "acme" } }, []],
    [{ code: { like: "ACME%" } }, ["ACME", "ACME-2"]],
    [{ code: { like: "acme%" } }, []],
    [{ code: { ilike: "acme__" } }, ["ACME-2"]],
    [{ code: { in: ["BETA", "ACME"] } }, ["ACME", "BETA"]],
    [{ code: { between: ["ACME-2", "BETA"] } }, ["ACME-2", "BETA"]],
    [{ name: { eq: "beta" }, code: { eq: "BETA" } }, ["BETA"]],
    [{ name: { eq: "beta" }, code: { eq: "ACME" } }, []],
    [{ name: { like: "Acme (.*" } }, []],
  ])("%o", async (filter, codes) => {
    const { post } = await openWithAccounts();
    const reply = clarusLookupReply.parse(await (await post("/graphql", { query, variables: { filter } })).json());
    expect(reply.data.accounts.all.edges.map(({ node }) => node.code)).toEqual(codes);
  });

  test.each([
    { query: "{ accounts" },
    { query: "{ accounts { all { edges { node { email } } } } }" },
    { query, variables: { filter: { external_system_reference1: { eq: "ref" } } } },
    { query, variables: { filter: { code: { between: ["a"] } } } },
    {},
  ])("%o fails with status 200", async (body) => {
    const { post } = await open();
    const reply = await post("/graphql", body);
    expect(reply.status).toBe(200);
    const { errors } = z.object({ errors: z.array(z.object({ message: z.string() })) }).parse(await reply.json());
    expect(errors).not.toHaveLength(0);
  });
});
