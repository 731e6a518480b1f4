// Checks the packages that `tsdown` built. Each package must import exactly the packages that its package.json lists. The client
// must be small, including all its dependencies, because apps bundle it. Each adapter is a module
// of the server package, and a Worker must bundle only the vendors that it imports.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";
import * as z from "zod/mini";

const limitsKb: Record<string, number> = { client: 13 };

const pins = z._default(z.record(z.string(), z.string()), {});
const manifest = z.object({ dependencies: pins, peerDependencies: pins });

const options = {
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
  logLevel: "warning",
} satisfies BuildOptions;

const packages = join(import.meta.dirname, "../packages");

for (const name of ["client", "cli", "testing", "adapter-kit", "server"]) {
  const folder = join(packages, name);
  const entryPoints = globSync(join(folder, "dist/{,vendors/}*.js"));

  const { dependencies, peerDependencies } = manifest.parse(
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
  );
  const listed = Object.keys({ ...dependencies, ...peerDependencies }).toSorted();
  const { metafile } = await build({ ...options, entryPoints, outdir: "out", packages: "external", metafile: true });
  const specifiers = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const used = specifiers.filter((path) => !/^(?:node|cloudflare):/.test(path)).map(packageOf);
  const imported = [...new Set(used)].toSorted();
  if (imported.join() !== listed.join()) {
    console.error(`${name} imports ${imported.join(", ")}, but its package.json lists ${listed.join(", ")}`);
    process.exitCode = 1;
  }

  const limitKb = limitsKb[name];
  if (limitKb === undefined) continue;
  const { outputFiles } = await build({ ...options, entryPoints, outdir: "out", minify: true });
  const gzippedKb = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000;
  console.log(`@account-gateway/${name}: ${gzippedKb.toFixed(1)} kB gzipped, limit ${limitKb} kB`);
  if (gzippedKb > limitKb) process.exitCode = 1;
}

for (const file of globSync("*.ts", { cwd: join(packages, "../adapters"), exclude: ["index.ts"] })) {
  const vendor = basename(file, ".ts");
  const contents = `import { createGateway, createLedger } from "@account-gateway/server";
    import * as vendor from "@account-gateway/server/vendors/${vendor}";
    log(createGateway, createLedger, vendor);`;
  const stdin = { contents, resolveDir: join(packages, "server") };
  const { metafile } = await build({ ...options, stdin, external: ["cloudflare:*"], metafile: true });
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.keys(parts));
  const bundled = inputs.flatMap((path) => /\/dist\/vendors\/([\w-]+)\.js$/.exec(path)?.[1] ?? []);
  if (bundled.join() !== vendor) {
    console.error(`A Worker that imports only ${vendor} bundles ${bundled.join(", ")}`);
    process.exitCode = 1;
  }
}

function packageOf(specifier: string): string {
  const [first = "", second] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
