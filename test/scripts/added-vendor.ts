/** A copy of the tree with one more vendor. The vendor has Zendesk's files, with another name. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { copyTree, type Workspace } from "./workspace.ts";

const own = globSync("{adapters,docs/vendors,sandbox,schemas,test/{adapters,fixtures,sandbox}}/**/zendesk{.*,/*}");
const renamed = (text: string): string => text.replaceAll("zendesk", "fabrikam").replaceAll("Zendesk", "Fabrikam");

export async function addVendor(): Promise<Workspace> {
  const tree = copyTree();
  const { code, printed } = await tree.run("node", "scripts/new-adapter.ts", "fabrikam");
  if (code !== 0) throw new Error(printed);
  for (const path of own) {
    const copy = join(tree.folder, renamed(path));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, renamed(readFileSync(path, "utf8")));
  }
  return tree;
}

/** Expects that these tests pass in the copy. */
export async function expectToPass(tree: Workspace, project: "node" | "workerd", ...paths: string[]): Promise<void> {
  const { code, printed } = await tree.run("vitest", "run", "--project", project, "--reporter", "dot", ...paths);
  expect([code, printed]).toEqual([0, expect.stringMatching(/Tests +\d+ passed/)]);
}
