// `npm run dependencies:check`: checks that each dependency is pinned, and that each installed package has a hash, has an allowed
// licence, and has no install script that package.json does not list. An argument names another folder to check.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import satisfies from "spdx-satisfies";
import * as z from "zod/mini";

const root = process.argv[2] ?? join(import.meta.dirname, "..");
const pins = z._default(z.record(z.string(), z.string()), {});
const manifest = z.looseObject({
  dependencies: pins,
  devDependencies: pins,
  allowScripts: z._default(z.record(z.string(), z.boolean()), {}),
});
const readManifest = (path: string) => manifest.parse(JSON.parse(readFileSync(join(root, path), "utf8")));
const { allowScripts } = readManifest("package.json");
const pinned = ["package.json", ...globSync("packages/*/package.json", { cwd: root })]
  .map(readManifest)
  .flatMap(({ dependencies, devDependencies }) => Object.entries({ ...dependencies, ...devDependencies }));

const { packages } = z
  .looseObject({
    packages: z.record(
      z.string(),
      z.looseObject({
        dev: z.optional(z.boolean()),
        peer: z.optional(z.boolean()),
        link: z.optional(z.boolean()),
        license: z.optional(z.string()),
        hasInstallScript: z.optional(z.boolean()),
        integrity: z.optional(z.string()),
        optional: z.optional(z.boolean()),
        os: z.optional(z.array(z.string())),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));

const permissive = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT"];
/** The licences that are allowed for packages that we never ship. */
const allowedForTools = [...permissive, "CC-BY-3.0", "LGPL-3.0-or-later", "MPL-2.0", "PSF-2.0"];

const nameOf = (path: string) => path.split("node_modules/").at(-1) ?? path;
/** The registry mirror lacks the binaries of other platforms, so `npm run lockfile` adds them without a hash. */
const isOfOtherPlatform = (path: string, { optional, os }: Omit<(typeof packages)[string], "integrity">) =>
  optional === true && os !== undefined && !existsSync(join(root, path));
/** The packages from the registry, without the packages of this repository and the links to them. */
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes("node_modules/") && link !== true,
);

const errors = [
  ...pinned
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} is not pinned: ${version}; install it with --save-exact`),
  ...installed.flatMap(([path, { license, dev, peer }]) => {
    // Only vitest and msw need `peer` packages. We ship neither: the users of our packages install vitest and msw.
    const allowed = dev === true || peer === true ? allowedForTools : permissive;
    if (license !== undefined && satisfies(license, allowed)) return [];
    return `${nameOf(path)} has the licence ${license ?? "(none)"}, which is not among ${allowed.join(", ")}`;
  }),
  ...installed
    .filter(([path, { hasInstallScript }]) => hasInstallScript === true && !(nameOf(path) in allowScripts))
    .map(([path]) => `${nameOf(path)} has an install script; allow or refuse it in \`allowScripts\``),
  ...installed
    .filter(
      ([path, { integrity, ...entry }]) => integrity?.startsWith("sha512-") !== true && !isOfOtherPlatform(path, entry),
    )
    .map(
      ([path]) =>
        `${nameOf(path)} has no SHA-512 \`integrity\` in package-lock.json; remove its entry and install it again`,
    ),
];

for (const error of errors) console.error(error);
console.log(`${installed.length} packages, ${installed.filter(([, { dev }]) => dev !== true).length} of them shipped`);
if (errors.length > 0) process.exitCode = 1;
