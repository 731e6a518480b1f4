// `npm run lockfile`: run it after `npm install` from a registry mirror that lacks the binaries of other platforms. npm
// leaves these binaries out of the lockfile, so on those platforms `npm ci` fails (npm 11) or installs no binary.
// This script adds the missing entries. It takes the version from the package that depends on the binary, the platform
// from the binary's name, and the other members from an entry that the lockfile has for another platform.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Entry {
  readonly version: string;
  readonly dev?: boolean | undefined;
  readonly license?: string | undefined;
  readonly engines?: object | undefined;
  readonly optionalDependencies?: Record<string, string>;
  readonly [member: string]: unknown;
}

/** Maps words in package names to npm's words for the same platform. */
const ALIASES: Record<string, string> = {
  windows: "win32",
  "64": "x64",
  gnu: "glibc",
  gnueabihf: "glibc",
  musleabihf: "musl",
};
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"];
const C_LIBRARIES = ["glibc", "musl"];

const file = join(import.meta.dirname, "../package-lock.json");
const lockfile = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> };
const { packages } = lockfile;

for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
  const folder = path.slice(0, path.lastIndexOf("node_modules/")) + "node_modules/";
  const exact = Object.entries(optionalDependencies).filter(([, version]) => /^\d/.test(version));
  const sibling = exact.map(([name]) => packages[folder + name]).find((entry) => entry !== undefined);
  if (sibling === undefined) continue;
  const { dev, license, engines } = sibling;
  for (const [name, version] of exact) {
    if (packages[folder + name] !== undefined) continue;
    const words = name.split(/[/-]/).map((word) => ALIASES[word] ?? word);
    const [os, cpu, libc] = [SYSTEMS, PROCESSORS, C_LIBRARIES].map((known) =>
      known.filter((word) => words.includes(word)),
    );
    const onLinux = os?.includes("linux") ? { libc } : {};
    packages[folder + name] = { version, cpu, dev, ...onLinux, license, optional: true, os, engines };
    console.log(`${folder}${name} ${version}`, { os, cpu, ...onLinux });
  }
}

lockfile.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
