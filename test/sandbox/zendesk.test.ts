import { describe, expect, test } from "vitest";
import { credentials } from "../../sandbox/sandboxes.ts";
import { zendeskError, zendeskList } from "../../schemas/zendesk.ts";
import { zendeskReply } from "../../schemas/documents/zendesk.ts";
import { openVendor } from "./vendors.ts";

const open = () => openVendor("zendesk");
type Sandbox = Awaited<ReturnType<typeof open>>;

const path = "/api/v2/organizations";
const post = ({ post: send }: Sandbox, organization: object) => send(path, { organization });
const organizationOf = async (reply: Response) => zendeskReply.parse(await reply.json()).organization;
const errorOf = async (reply: Response) => zendeskError.parse(await reply.json());

test("the reply has the members of the request and the members that the vendor adds", async () => {
  const sandbox = await open();
  const given = {
    name: " Acme ",
    external_id: "crm-1",
    details: "x",
    tags: ["gold"],
    organization_fields: { tier: 1 },
  };
  const reply = await post(sandbox, given);
  expect(reply.status).toBe(201);
  const { id, url, created_at, ...rest } = await organizationOf(reply.clone());
  expect(rest).toMatchObject({ ...given, name: "Acme", notes: null, group_id: null, shared_tickets: false });
  expect(created_at).toMatch(/^[\d-]+T[\d:]+Z$/);
  expect(reply.headers.get("Location")).toBe(url);
  const shown = await organizationOf(await sandbox.send(`${path}/${id}`));
  expect(shown).toMatchObject({ ...rest, id });
  expect((await sandbox.send(`${path}/0`)).status).toBe(404);
});

describe("a second organization", () => {
  test.each([
    [{ name: "Acme" }, { name: "acme " }, "name"],
    [{ name: "Acme", external_id: "crm-1" }, { name: "Other", external_id: "CRM-1" }, "external_id"],
  ])("after %j, %j is refused because of its %s", async (one, other, field) => {
    const sandbox = await open();
    expect((await post(sandbox, one)).status).toBe(201);
    const reply = await post(sandbox, other);
    expect(reply.status).toBe(422);
    expect((await errorOf(reply)).details).toMatchObject({ [field]: [{ error: "DuplicateValue" }] });
    expect(await sandbox.count()).toBe(1);
  });

  test("is accepted if neither has a reference", async () => {
    const sandbox = await open();
    for (const name of ["Acme", "Other"]) expect((await post(sandbox, { name })).status).toBe(201);
  });
});

test.each([
  [{ name: " " }, "name"],
  [{ name: 1 }, "name"],
  [{}, "name"],
  [{ name: "Acme", group_id: "7" }, "group_id"],
  [{ name: "Acme", colour: "red" }, "base"],
])("%j is refused because of its %s", async (organization, field) => {
  const reply = await post(await open(), organization);
  expect(reply.status).toBe(422);
  expect(Object.keys((await errorOf(reply)).details ?? {})).toEqual([field]);
});

test.each([
  ["external_id=CRM-1", ["Acme"]],
  ["external_id=crm", []],
  ["name=other", ["Other"]],
])("a search by %s finds %j", async (query, names) => {
  const sandbox = await open();
  await post(sandbox, { name: "Acme", external_id: "crm-1" });
  await post(sandbox, { name: "Other" });
  const { organizations, count, next_page } = zendeskList.parse(
    await (await sandbox.send(`${path}/search?${query}`)).json(),
  );
  expect([organizations.map(({ name }) => name), count, next_page]).toEqual([names, names.length, null]);
});

test.each(["", "name=a&external_id=b"])("a search by %o is refused", async (query) => {
  expect((await (await open()).send(`${path}/search?${query}`)).status).toBe(400);
});

test.each([
  [{ client_secret: "wrong" }, 401],
  [{ client_id: "wrong" }, 401],
  [{ grant_type: "password" }, 400],
])("a grant with %j is refused with %i", async (changes, status) => {
  const { post: send } = await open();
  const { clientId, clientSecret } = credentials.zendesk;
  const grant = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, ...changes };
  expect((await send("/oauth/tokens", grant)).status).toBe(status);
});

test("a request without a token is refused", async () => {
  const { app } = await open();
  const reply = await app.request(path, { method: "POST", body: "{}" });
  expect([reply.status, await errorOf(reply)]).toMatchObject([401, { error: "invalid_token" }]);
});
