/** The sandbox of Acme CRM. It behaves as the vendor's page says, and stores its companies in memory. */
import type { Json } from "@account-gateway/server/adapter";
import { acmeRequest } from "./acme.ts";

/** This token is public. It is as long as a real one, because the gateway refuses short secrets. */
export const sandboxToken = "sandbox-token-0123456789";

export const acmeError = (message: string, field?: string): Json => ({ error: { message, field: field ?? null } });

/** A function that answers requests as a new Acme CRM without companies. */
export function createAcmeSandbox(): (request: Request) => Promise<Response> {
  const companies: { reference?: string | undefined; [member: string]: unknown }[] = [];

  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get("Authorization") !== `Bearer ${sandboxToken}`)
      return Response.json(acmeError("The token is not valid"), { status: 401 });
    if (!/^\/v1\/workspaces\/[^/]+\/companies$/.test(pathname))
      return Response.json(acmeError("Not found"), { status: 404 });
    if (request.method === "GET") {
      const found = companies.filter(({ reference }) => reference === searchParams.get("reference"));
      return Response.json({ companies: found, next: null });
    }
    const body = acmeRequest.safeParse(await request.json());
    if (!body.success) {
      const field = body.error.issues[0]?.path.at(-1);
      return Response.json(acmeError("The value is not valid", String(field)), { status: 422 });
    }
    const company = { id: crypto.randomUUID(), ...body.data.company, created: new Date().toISOString() };
    companies.push(company);
    return Response.json({ company }, { status: 201 });
  };
}
