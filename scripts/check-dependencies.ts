// `npm run dependencies:check`: what is installed is pinned, has a hash, is licensed so that it may be used, and runs nothing
// while it is installed but what package.json allows.
import { existsSync, globSync, readFileSync } from "node:fs";
import satisfies from "spdx-satisfies";
import * as z from "zod/mini";

const pins = z._default(z.record(z.string(), z.string()), {});
const manifest = z.looseObject({
  dependencies: pins,
  devDependencies: pins,
  allowScripts: z._default(z.record(z.string(), z.boolean()), {}),
});
const readManifest = (path: string) => manifest.parse(JSON.parse(readFileSync(path, "utf8")));
const { allowScripts } = readManifest("package.json");
const pinned = ["package.json", ...globSync("packages/*/package.json")]
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
  .parse(JSON.parse(readFileSync("package-lock.json", "utf8")));

const permissive = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT"];
/** Of what is never shipped. */
const ofTools = [...permissive, "CC-BY-3.0", "LGPL-3.0-or-later", "MPL-2.0", "PSF-2.0"];

const nameOf = (path: string) => path.split("node_modules/").at(-1) ?? path;
/** `npm run lockfile` adds binaries of other platforms that the registry here lacks, and with them their hashes. */
const isOfOtherPlatform = (path: string, { optional, os }: Omit<(typeof packages)[string], "integrity">) =>
  optional === true && os !== undefined && !existsSync(path);
/** All that npm fetches: not what this repository holds itself, nor the links to it. */
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes("node_modules/") && link !== true,
);

const faults = [
  ...pinned
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} is not pinned: ${version}; install it with --save-exact`),
  ...installed.flatMap(([path, { license, dev, peer }]) => {
    // `peer`: it comes with vitest or msw alone, which whoever installs a package of ours brings.
    const allowed = dev === true || peer === true ? ofTools : permissive;
    if (license !== undefined && satisfies(license, allowed)) return [];
    return `${nameOf(path)} has the licence ${license ?? "(none)"}, which is not one of ${allowed.join(", ")}`;
  }),
  ...installed
    .filter(([path, { hasInstallScript }]) => hasInstallScript === true && !(nameOf(path) in allowScripts))
    .map(([path]) => `${nameOf(path)} runs a script when it is installed; allow or refuse it in \`allowScripts\``),
  ...installed
    .filter(
      ([path, { integrity, ...entry }]) => integrity?.startsWith("sha512-") !== true && !isOfOtherPlatform(path, entry),
    )
    .map(
      ([path]) => `${nameOf(path)} has no SHA-512 \`integrity\` in package-lock.json; remove its entry and install it`,
    ),
];

for (const fault of faults) console.error(fault);
console.log(`${installed.length} packages, ${installed.filter(([, { dev }]) => dev !== true).length} of them shipped`);
if (faults.length > 0) process.exitCode = 1;
