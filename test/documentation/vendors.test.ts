/** `docs/vendors/`: each vendor has a page, and the page's tables match the adapter. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type Adapter, destinationOf } from "../../adapters/engine/adapter.ts";
import { allAdapters } from "../../sandbox/sandboxes.ts";
import { type CanonicalField, canonicalFieldNames } from "../../schemas/account.ts";
import { openGateway, useVendors } from "../support/gateway.ts";
import { asRow, table } from "./readme.ts";

useVendors();

const pathOf = ({ vendor }: Adapter) => `docs/vendors/${vendor.replaceAll("_", "-")}.md`;

/** How the adapter carries a field, in the words of the page. */
function supportOf({ fields }: Adapter, field: CanonicalField): [support: string, destination: string] {
  const support = fields[field];
  switch (support.kind) {
    case "unsupported":
      return ["not supported", "—"];
    case "mappable":
      return ["mappable", "a free field"];
    case "implied":
      return [`only \`${String(support.value)}\``, "not sent"];
    case "destination": {
      const { to, kind, unique, required } = support.destination;
      const details = [unique && "unique", kind === "uuid" && "a UUID"].filter((detail) => detail);
      return [[required ? "required" : "supported", ...details].join(", "), `\`${to}\``];
    }
  }
}

describe.each(allAdapters.map((adapter) => [adapter.title, adapter] as const))("the page on %s", (_title, adapter) => {
  it("lists how each field is carried", () => {
    const rows = canonicalFieldNames.options.map((field) => [`\`${field}\``, ...supportOf(adapter, field)]);
    expect(table(`fields-${adapter.vendor}`).map(asRow)).toEqual(rows.map(asRow));
  });

  it("lists the ways to authenticate", () => {
    const types = adapter.auth.map(({ schema }) => {
      const literal = z.instanceof(z.ZodMiniLiteral).parse(schema.shape["type"]);
      return `\`${String([...literal.def.values][0])}\``;
    });
    expect(table(`auth-${adapter.vendor}`).map(([type]) => type)).toEqual(types);
  });

  it("names the route of a create and every lookup", () => {
    const page = readFileSync(pathOf(adapter), "utf8");
    expect(page).toContain(`\`POST ${adapter.path}\``);
    expect(table(`lookups-${adapter.vendor}`).map(([field]) => field)).toEqual(
      adapter.lookups.map(({ by }) => `\`${by}\``),
    );
  });

  it("says whether a lookup finds the account or only candidates", () => {
    const finds = table(`lookups-${adapter.vendor}`).map(([, result = ""]) =>
      result.startsWith("candidates") ? "candidates" : "account",
    );
    const found = destinationOf(adapter, "external_ref") === undefined ? "candidates" : "account";
    expect(finds).toEqual(adapter.lookups.map(() => found));
  });

  it("states the guarantee of its demo connection, as the gateway does", async () => {
    const published = (await openGateway().connections()).find(({ vendor }) => vendor === adapter.vendor);
    const { level, assumption = "" } = published?.guarantee ?? {};
    expect(table(`guarantee-${adapter.vendor}`).map(asRow)).toEqual([asRow([`\`${level}\``, assumption])]);
  });

  it("lists every free field", () => {
    const listed = table(`slots-${adapter.vendor}`)
      .map(([, names = ""]) => names)
      .join();
    const names = [...listed.matchAll(/`([a-z_]+)(\d?)`(?:–`(\d)`)?/g)].flatMap(([, name = "", first, last]) =>
      last === undefined
        ? [`${name}${first}`]
        : Array.from({ length: Number(last) - Number(first) + 1 }, (_, each) => `${name}${Number(first) + each}`),
    );
    expect(names.toSorted()).toEqual(Object.keys(adapter.slots).toSorted());
  });
});
