/** Simulates vendors that store, find or answer in unusual ways. All other behaviour is as the vendor documents it. */
import { type Intercept, nowMs, type Vendor } from "./ledger.ts";
import { isCreate } from "../vendor-requests.ts";

export interface StoredAccount {
  id: string;
  name: string;
  /** The value at the destination of `external_ref`. */
  ref: string | null;
  unique: string | null;
  atMs: number;
}

interface Quirks {
  storeRef?: (text: string) => string | null;
  storeUnique?: (text: string) => string;
  /** Whether a second account with the same stored unique value is rejected. */
  enforces?: boolean;
  /** The result of a lookup. */
  find?: (all: StoredAccount[], value: string, by: "ref" | "unique" | "name") => StoredAccount[];
  meta?: (found: StoredAccount[]) => object;
  /** The answer to a create; the documented one by default. */
  answer?: (stored: StoredAccount | undefined, count: number) => Response | Promise<Response> | undefined;
  nextId?: (count: number) => string;
}

let ids = 1000;

/** The vendors that it can simulate. */
type StrangeVendor = Extract<Vendor, "clarus" | "elastic_path" | "garmat" | "zendesk">;

export function strangeVendor(vendor: StrangeVendor, quirks: Quirks) {
  const all: StoredAccount[] = [];
  let posts = 0;
  const store = (text: string): StoredAccount | undefined => {
    const body = JSON.parse(text);
    const from = body.data?.attributes ?? body.data ?? body.organization ?? body;
    const ref = from.external_system_reference1 ?? from.external_ref ?? from.external_id ?? null;
    const rawUnique = from.code ?? from.registration_id ?? null;
    const unique = rawUnique === null ? null : (quirks.storeUnique ?? String)(rawUnique);
    if (unique !== null && quirks.enforces !== false && all.some((each) => each.unique === unique)) return undefined;
    const stored = {
      id: quirks.nextId?.(all.length) ?? String((ids += 1)),
      name: from.name,
      ref: ref === null ? null : (quirks.storeRef ?? String)(ref),
      unique,
      atMs: nowMs(),
    };
    all.push(stored);
    return stored;
  };
  const members = ({ id, name, ref, unique, atMs }: StoredAccount) => {
    const at = new Date(atMs).toISOString();
    switch (vendor) {
      case "clarus":
        return { id, type: "accounts", attributes: { name, code: unique, external_system_reference1: ref } };
      case "elastic_path":
        return {
          type: "account",
          id,
          name,
          external_ref: ref,
          registration_id: unique,
          meta: { timestamps: { created_at: at, updated_at: at } },
        };
      case "zendesk":
        return { id: Number(id), name, external_id: ref, created_at: at, updated_at: at };
      case "garmat":
        return { id, name, type: "customer", status: "active" };
    }
  };
  const envelopes: Partial<Record<StrangeVendor, string>> = {
    clarus: "data",
    elastic_path: "data",
    zendesk: "organization",
  };
  const record = (stored: StoredAccount): object => {
    const envelope = envelopes[vendor];
    return envelope === undefined ? members(stored) : { [envelope]: members(stored) };
  };
  const duplicate = (): Response =>
    vendor === "clarus"
      ? clarusDuplicate()
      : Response.json(
          {
            errors: [
              { status: "409", title: "Conflict", detail: "account with the given registration_id already exists" },
            ],
          },
          { status: 409 },
        );
  const find = (value: string, by: "ref" | "unique" | "name") =>
    quirks.find?.(all, value, by) ?? all.filter((each) => each[by] === value);
  const intercept: Intercept = async (request, pass) => {
    const { pathname, searchParams } = new URL(request.url);
    if (isCreate(request)) {
      posts += 1;
      const stored = store(await request.clone().text());
      const answer = await quirks.answer?.(stored, posts);
      if (answer !== undefined) return answer;
      return stored === undefined ? duplicate() : Response.json(record(stored), { status: 201 });
    }
    if (vendor === "clarus" && pathname === "/graphql") {
      const { variables } = JSON.parse(await request.clone().text());
      const found = find(variables.filter.code.eq, "unique");
      const edges = found.map((each) => ({
        node: { id: each.id, code: each.unique, name: each.name, external_system_reference1: each.ref },
      }));
      return Response.json({ data: { accounts: { all: { edges } } } });
    }
    if (vendor === "zendesk" && pathname.endsWith("/search")) {
      const ref = searchParams.get("external_id");
      const found = ref === null ? find(searchParams.get("name") ?? "", "name") : find(ref, "ref");
      return Response.json({
        organizations: found.map((each) => members(each)),
        count: found.length,
        next_page: null,
        ...quirks.meta?.(found),
      });
    }
    if (vendor === "elastic_path" && pathname === "/v2/accounts" && searchParams.has("filter")) {
      const match = /^eq\((\w+),"(.*)"\)$/s.exec(searchParams.get("filter") ?? "");
      const by = match?.[1] === "name" ? "name" : match?.[1] === "registration_id" ? "unique" : "ref";
      const found = find((match?.[2] ?? "").replace(/\\(.)/g, "$1"), by);
      return Response.json({
        data: found.map((each) => members(each)),
        ...(quirks.meta?.(found) ?? { meta: { results: { total: found.length } } }),
      });
    }
    return pass();
  };
  return { all, intercept };
}

export const lost = (): Response => {
  throw new Error("lost");
};

/** Clarus's rejection of an account whose code is taken. */
export const clarusDuplicate = (): Response =>
  Response.json(
    {
      errors: [
        { title: "Duplicate", detail: "Code has already been taken", source: { pointer: "/data/attributes/code" } },
      ],
    },
    { status: 422 },
  );
