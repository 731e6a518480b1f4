/** What a gateway is measured against, and the vendor that it is measured before. */

/** The least that a Worker between an app and a vendor can do. */
const bare = {
  fetch: (request: Request, { VENDOR_ORIGIN: origin }: { VENDOR_ORIGIN: string }) =>
    fetch(new Request(`${origin}/v2/accounts`, request)),
};

/** A vendor that takes no time. */
export const vendor = {
  async fetch(request: Request): Promise<Response> {
    const { data } = await request.json<{ data: object }>();
    const id = crypto.randomUUID();
    const created_at = new Date().toISOString();
    const meta = { timestamps: { created_at, updated_at: created_at } };
    const links = { self: `https://useast.api.elasticpath.com/v2/accounts/${id}` };
    return Response.json({ data: { ...data, id, meta, relationships: { ancestors: [] }, links } }, { status: 201 });
  },
};

export default bare;
