/** Builds the static files of the API reference: the OpenAPI document, the page that shows it, and a page for each problem. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { adapters } from "../adapters/index.ts";
import { problemCodes } from "../schemas/problem.ts";
import { problemKindOf } from "../schemas/documents/problem-meanings.ts";
import { openApiDocument } from "./openapi.ts";
import { problemIndex, problemPage } from "./problem-pages.ts";

export async function buildReference(assets: string): Promise<void> {
  writeFileSync(join(assets, "openapi.json"), JSON.stringify(openApiDocument(adapters)));
  writeProblems(assets);
  const docs = join(import.meta.dirname, "docs");
  cpSync(join(docs, "index.html"), join(assets, "docs.html"));
  await build({
    entryPoints: [
      { in: join(docs, "docs.ts"), out: "docs/docs" },
      { in: join(docs, "docs.css"), out: "docs/docs" },
      { in: join(import.meta.dirname, "problem-pages.css"), out: "problems" },
    ],
    outdir: assets,
    chunkNames: "docs/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    logLevel: "warning",
  });
}

function writeProblems(assets: string): void {
  writeFileSync(join(assets, "problems.html"), String(problemIndex()));
  mkdirSync(join(assets, "problems"));
  for (const code of problemCodes.options) {
    writeFileSync(join(assets, `problems/${code}.html`), String(problemPage(code)));
    writeFileSync(join(assets, `problems/${code}.json`), JSON.stringify(problemKindOf(code)));
  }
}
