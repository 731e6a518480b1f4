import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { garmatAccount, garmatList } from "../../schemas/garmat.ts";
import { garmatError, garmatSession } from "../../schemas/documents/garmat.ts";
import { credentials } from "../../sandbox/sandboxes.ts";
import { openVendor } from "./vendors.ts";

const { apiKey, clientId, clientSecret, audience } = credentials.garmat;
const example = {
  name: "Customer Account",
  type: "customer",
  status: "deactivated",
  customer_type: "mso",
  primary_industry: "automotive",
};

/** Opens the sandbox and authenticates with the API key, as in the documentation. */
async function open() {
  const sandbox = await openVendor("garmat");
  sandbox.authorizeWith(apiKey);
  return sandbox;
}
const errorOf = async (reply: Response) => garmatError.parse(await reply.json()).error;

describe("authentication", () => {
  test("the API key can use a session, which expires", async () => {
    const { post, authorizeWith, create, clock } = await open();
    const { session_token } = garmatSession.parse(await (await post("/api/authenticate", { api_key: apiKey })).json());
    authorizeWith(`Bearer ${session_token}`);
    expect((await create("Acme")).status).toBe(200);
    clock.advance(3_600_000);
    expect((await create("Acme")).status).toBe(401);
  });

  test("client credentials need the correct audience", async () => {
    const { post, authorizeWith, create } = await open();
    const grant = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, audience };
    const { access_token } = z
      .object({ access_token: z.string() })
      .parse(await (await post("/oauth/token", grant)).json());
    authorizeWith(`Bearer ${access_token}`);
    expect((await create("Acme")).status).toBe(200);
    expect((await post("/oauth/token", { ...grant, audience: "https://elsewhere.example" })).status).toBe(403);
    expect((await post("/oauth/token", { ...grant, client_secret: "wrong" })).status).toBe(401);
    expect((await post("/oauth/token", { ...grant, grant_type: "password" })).status).toBe(403);
    expect((await post("/oauth/token", {})).status).toBe(400);
  });

  test.each(["", "wrong", `Bearer ${apiKey}`, `Basic ${apiKey}`])(
    "the authorization %o is refused",
    async (authorization) => {
      const { create, count } = await open();
      const reply = await create("Acme", { headers: { Authorization: authorization } });
      expect(reply.status).toBe(401);
      expect(await errorOf(reply)).toBe("Unauthorized");
      expect(await count()).toBe(0);
    },
  );

  test("a wrong key can use no session", async () => {
    const { post } = await open();
    expect((await post("/api/authenticate", { api_key: "wrong" })).status).toBe(401);
  });
});

describe("create", () => {
  test("the reply to the documentation's example has counts, but no customer type and industry", async () => {
    const { post } = await open();
    const reply = await post("/api/accounts", example);
    expect(reply.status).toBe(200);
    const account = z.strictObject(garmatAccount.shape).parse(await reply.json());
    expect(account).toMatchObject({
      name: "Customer Account",
      type: "customer",
      status: "deactivated",
      users: 0,
      booths: 0,
    });
    expect(z.uuid().safeParse(account.id).success).toBe(true);
  });

  test.each([
    [{ name: undefined }, "name"],
    [{ name: "" }, "name"],
    [{ type: undefined }, "type"],
    [{ type: "garmat" }, "type"],
    [{ status: "inactive" }, "status"],
    [{ customer_type: "other" }, "customer_type"],
    [{ primary_industry: "space" }, "primary_industry"],
    [{ email: "info@acme.example" }, "email"],
  ])("%o is refused", async (members, member) => {
    const { post, count } = await open();
    const reply = await post("/api/accounts", { ...example, ...members });
    expect(reply.status).toBe(400);
    expect(await errorOf(reply)).toContain(member);
    expect(await count()).toBe(0);
  });

  test("names do not have to be unique, and `status` is active by default", async () => {
    const { create, count } = await open();
    await create("Acme");
    expect(await (await create("Acme")).json()).toMatchObject({ status: "active" });
    expect(await count()).toBe(2);
  });

  test("invalid JSON is refused", async () => {
    const { send } = await open();
    const reply = await send("/api/accounts", {
      method: "POST",
      body: "{",
      headers: { "Content-Type": "application/json" },
    });
    expect(reply.status).toBe(400);
    expect(await errorOf(reply)).not.toBe("");
  });
});

describe("lookup", () => {
  test("returns filtered, sorted pages", async () => {
    const { create, send } = await open();
    for (const name of ["Beta", "Acme 2", "Acme 1"]) await create(name);
    const list = async (query: string) => {
      const { data, ...paging } = garmatList.parse(await (await send(`/api/accounts${query}`)).json());
      return { names: data.map(({ name }) => name), paging };
    };
    expect(await list("")).toEqual({
      names: ["Beta", "Acme 2", "Acme 1"],
      paging: { page: 1, limit: 25, pages: 1, total: 3 },
    });
    expect(await list("?filter=acme&sort=name")).toMatchObject({ names: ["Acme 1", "Acme 2"] });
    expect(await list("?sort=-name&limit=2&page=2")).toEqual({
      names: ["Acme 1"],
      paging: { page: 2, limit: 2, pages: 2, total: 3 },
    });
    expect((await send("/api/accounts?limit=0")).status).toBe(400);
  });

  test("returns one account by its id", async () => {
    const { create, send } = await open();
    const account = garmatAccount.parse(await (await create("Acme")).json());
    expect(await (await send(`/api/accounts/${account.id}`)).json()).toEqual(account);
    for (const path of ["/api/accounts/unknown", "/api/users"]) {
      const reply = await send(path);
      expect(reply.status).toBe(404);
      expect(await errorOf(reply)).not.toBe("");
    }
  });
});
