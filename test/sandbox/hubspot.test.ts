import { expect, test } from "vitest";
import { credentials } from "../../sandbox/sandboxes.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { hubspotCompany, hubspotError, hubspotSearch } from "../../schemas/hubspot.ts";
import { openVendor } from "./vendors.ts";

const open = (options: Pick<SandboxOptions, "readLagMs"> = {}) => openVendor("hubspot", options);
type Sandbox = Awaited<ReturnType<typeof open>>;

const path = "/crm/v3/objects/companies";
const post = ({ post: send }: Sandbox, properties: object) => send(path, { properties });
const companyOf = async (reply: Response) => hubspotCompany.parse(await reply.json());
const errorOf = async (reply: Response) => hubspotError.parse(await reply.json());

test("the reply has the properties of the request and the members that HubSpot adds", async () => {
  const sandbox = await open();
  const given = { name: "Acme", crm_reference: "crm-1", city: "Berlin" };
  const reply = await post(sandbox, given);
  expect(reply.status).toBe(201);
  const { id, properties, createdAt, archived } = await companyOf(reply);
  expect(properties).toEqual({
    ...given,
    hs_object_id: id,
    createdate: createdAt,
    hs_lastmodifieddate: createdAt,
  });
  expect([id, archived]).toEqual(["512", false]);
});

test("a read finds a company by its id or its unique property, and shows the named properties", async () => {
  const sandbox = await open();
  await post(sandbox, { name: "Acme", crm_reference: "a/b", city: "Berlin" });
  const byReference = `${path}/a%2Fb?idProperty=crm_reference&properties=name,crm_reference`;
  const { properties } = await companyOf(await sandbox.send(byReference));
  expect(properties).toMatchObject({ name: "Acme", crm_reference: "a/b", hs_object_id: "512" });
  expect(properties).not.toHaveProperty("city");
  expect((await companyOf(await sandbox.send(`${path}/512`))).id).toBe("512");
});

test.each([
  [`${path}/x?idProperty=crm_reference`, 404, "OBJECT_NOT_FOUND"],
  [`${path}/513`, 404, "OBJECT_NOT_FOUND"],
  [`${path}/x?idProperty=name`, 400, "VALIDATION_ERROR"],
  ["/crm/v3/objects/robots/1", 404, undefined],
])("a read of %s is answered with %i %s", async (url, status, category) => {
  const reply = await (await open()).send(url);
  expect([reply.status, (await errorOf(reply)).category]).toEqual([status, category]);
});

test("a second company with the same reference is refused, with the same name or domain accepted", async () => {
  const sandbox = await open();
  const company = { name: "Acme", domain: "acme.example" };
  for (const crm_reference of ["1", "2"]) expect((await post(sandbox, { ...company, crm_reference })).status).toBe(201);
  for (const none of [company, company]) expect((await post(sandbox, none)).status).toBe(201);
  const reply = await post(sandbox, { name: "Other", crm_reference: "2" });
  expect([reply.status, await errorOf(reply)]).toMatchObject([
    400,
    { category: "VALIDATION_ERROR", errors: [{ context: { propertyName: ["crm_reference"] } }] },
  ]);
  expect(await sandbox.count()).toBe(4);
});

test.each([
  [{ name: "Acme", colour: "red" }, 'Property "colour" does not exist'],
  [{ name: 1 }, "expected string"],
  [{ phone: "1" }, "a name or a domain"],
])("%j is refused: %s", async (properties, message) => {
  const reply = await post(await open(), properties);
  expect(reply.status).toBe(400);
  expect((await errorOf(reply)).message?.replaceAll("\\", "")).toContain(message);
});

const searchFor = (value: string, limit = 100) => ({
  filterGroups: [{ filters: [{ propertyName: "name", operator: "EQ", value }] }],
  properties: ["name", "crm_reference"],
  limit,
});

test("a search finds companies by name, page by page, some time after the create", async () => {
  const sandbox = await open({ readLagMs: 2000 });
  for (const crm_reference of ["1", "2"]) await post(sandbox, { name: "Acme", crm_reference });
  await post(sandbox, { name: "Other" });
  const search = async (limit?: number) =>
    hubspotSearch.parse(await (await sandbox.post(`${path}/search`, searchFor("acme", limit))).json());
  expect(await search()).toEqual({ total: 0, results: [] });
  sandbox.clock.advance(2000);
  const { total, results, paging } = await search();
  expect([total, results.map(({ properties }) => properties["crm_reference"]), paging]).toEqual([
    2,
    ["1", "2"],
    undefined,
  ]);
  expect(await search(1)).toMatchObject({ total: 2, results: [{ id: "512" }], paging: { next: { after: "1" } } });
});

test.each([{}, { filterGroups: [] }, searchFor("x", 201)])("the search %j is refused", async (body) => {
  expect((await (await open()).post(`${path}/search`, body)).status).toBe(400);
});

test.each([
  [{}, 200],
  [{ refresh_token: "wrong" }, 400],
  [{ client_secret: "wrong" }, 400],
  [{ client_id: "wrong" }, 400],
  [{ grant_type: "password" }, 400],
])("a grant with %j is answered with %i", async (changes, status) => {
  const { app } = await open();
  const { clientId, clientSecret, refreshToken } = credentials.hubspot;
  const grant = {
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  };
  for (const _ of ["first", "again"]) {
    const body = new URLSearchParams({ ...grant, ...changes });
    expect((await app.request("/oauth/v1/token", { method: "POST", body })).status).toBe(status);
  }
});

test("a request without a token is refused", async () => {
  const { app } = await open();
  const reply = await app.request(path, { method: "POST", body: "{}" });
  expect([reply.status, await errorOf(reply)]).toMatchObject([401, { category: "INVALID_AUTHENTICATION" }]);
});
