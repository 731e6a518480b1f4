/** Checks the imports in the sources: which part may import which other part. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { allAdapters } from "../sandbox/sandboxes.ts";
import { problemCodes } from "../schemas/problem.ts";

interface Source {
  path: string;
  text: string;
  /** The text without comments. */
  code: string;
  /** The project's files by their path from its root folder, and packages by their name. */
  imports: string[];
}

function read(path: string): Source {
  const text = readFileSync(path, "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"\s]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  const imports = specifiers.map((each) => (each.startsWith(".") ? normalize(join(dirname(path), each)) : each));
  return { path, text, code, imports };
}

const sourcesOf = (folder: string): Source[] => globSync(`${folder}/**/*.{ts,tsx}`).toSorted().map(read);
const schemas = sourcesOf("schemas");
const adapterSources = sourcesOf("adapters");
const vendorSources = adapterSources.filter(
  ({ path }) => /^adapters\/[\w-]+\.ts$/.test(path) && path !== "adapters/index.ts",
);
const sandboxOf = (adapterPath: string): string => adapterPath.replace("adapters/", "sandbox/");
const src = sourcesOf("src");
const sandbox = sourcesOf("sandbox");
const testing = sourcesOf("packages/testing/src");
const console = sourcesOf("console");
const cli = sourcesOf("packages/cli/src");
const client = sourcesOf("packages/client/src");
const allSources = [...schemas, ...adapterSources, ...src, ...sandbox, ...testing];

/** The imports that match no pattern, as `file → import`. */
const strays = (sources: readonly Source[], allowed: readonly RegExp[]): string[] =>
  sources.flatMap(({ path, imports }) =>
    imports.filter((each) => !allowed.some((pattern) => pattern.test(each))).map((each) => `${path} → ${each}`),
  );

const isPackage = /^(?!(?:schemas|adapters|src|sandbox|packages|console|openapi|test|scripts)\/)/;
const pathsWhere = (sources: readonly Source[], holds: (source: Source) => boolean): string[] =>
  sources.filter(holds).map(({ path }) => path);

function sends({ code, imports }: Source): boolean {
  // `assets.fetch` reads the Worker's own files.
  return (
    /(?<!\bassets\.)\bfetch\s*\(|\bglobalThis\s*\.\s*fetch\b|\b(XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b/.test(
      code,
    ) || imports.some((each) => /^(ky|undici|axios|node:(http|https|http2|net|tls)|cloudflare:sockets)$/.test(each))
  );
}

/** Expects that these files of `schemas` load no other file and no package, such as zod. */
function expectNoImports(names: readonly string[]): void {
  for (const name of names) expect(read(`schemas/${name}.ts`).code).not.toMatch(/^import (?!type\b)/m);
}

/** All direct and indirect imports of a file. */
function reach(path: string, reached: Set<string> = new Set()): Set<string> {
  for (const each of allSources.find((source) => source.path === path)?.imports ?? []) {
    if (reached.has(each)) continue;
    reached.add(each);
    reach(each, reached);
  }
  return reached;
}

test("the sources can be read", () => {
  for (const sources of [schemas, adapterSources, src, sandbox, testing, console, cli])
    expect(sources.length).toBeGreaterThan(4);
  expect(src.find(({ path }) => path === "src/index.ts")?.imports).toContain("adapters/index.ts");
  expect(adapterSources.find(({ path }) => path === "adapters/index.ts")?.imports).toEqual(
    expect.arrayContaining(["adapters/garmat.ts", "adapters/engine/adapter.ts"]),
  );
});

describe("imports point in one direction", () => {
  test("schemas import only schemas and zod", () => {
    expect(strays(schemas, [/^schemas\//, /^zod\/mini$/])).toEqual([]);
  });

  test("adapters import only schemas, adapters, and packages without I/O", () => {
    const allowed = [/^schemas\//, /^adapters\//, /^zod\/mini$/, /^@noble\/hashes\//];
    expect(strays(adapterSources, allowed)).toEqual(["adapters/engine/auth-jwt.ts → jose"]);
    // Only a gateway with an adapter that signs JWTs bundles `jose`.
    expect([...reach("src/index.ts")]).not.toContain("adapters/engine/auth-jwt.ts");
  });

  test("an adapter imports the engine and schemas, but no other adapter", () => {
    expect(vendorSources).toHaveLength(allAdapters.length);
    expect(strays(vendorSources, [/^schemas\//, /^adapters\/engine\//, /^zod\/mini$/])).toEqual([]);
  });

  test("every adapter is in the registry of vendors", () => {
    const { imports } = read("sandbox/vendors.ts");
    expect(imports.toSorted()).toEqual(vendorSources.map(({ path }) => sandboxOf(path)));
  });

  test("every adapter runs the shared test suite", () => {
    for (const { path } of vendorSources) {
      const { imports, code } = read(`test/${path.replace(/\.ts$/, ".test.ts")}`);
      expect(imports).toEqual(expect.arrayContaining([path, "packages/adapter-kit/src/index.ts"]));
      expect(code).toMatch(/^testAdapter\(/m);
    }
  });

  test("the adapter kit imports schemas and the engine, but no adapter", () => {
    const own = [
      /^schemas\//,
      /^adapters\/engine\//,
      /^packages\/adapter-kit\/src\//,
      /^(?:fast-check|node:util|vitest|zod\/mini)$/,
    ];
    expect(strays(sourcesOf("packages/adapter-kit/src"), own)).toEqual([]);
  });

  test("the server package imports the app and the ledger's class, but no adapter and no test suite", () => {
    const own = [
      /^packages\/server\/src\//,
      /^adapters\/engine\/adapter\.ts$/,
      /^src\/(?:app|log|ledger\/durable-ledger)\.ts$/,
    ];
    expect(strays(sourcesOf("packages/server/src"), own)).toEqual([]);
    expect(strays([read("packages/adapter-kit/src/tools.ts")], [/^schemas\//, /^adapters\/engine\//])).toEqual([]);
  });

  test("the engine imports no adapter", () => {
    const engine = adapterSources.filter(({ path }) => path.startsWith("adapters/engine/"));
    expect(strays(engine, [/^schemas\//, /^adapters\/engine\//, isPackage])).toEqual([]);
  });

  test("src imports the engine; only src/index.ts imports the adapters", () => {
    const entry = src.filter(({ path }) => path === "src/index.ts");
    expect(strays(entry, [/^adapters\/index\.ts$/, /^src\/app\.ts$/, /^src\/ledger\/durable-ledger\.ts$/])).toEqual([]);
    const rest = src.filter(({ path }) => path !== "src/index.ts");
    expect(strays(rest, [/^schemas\//, /^adapters\/engine\//, /^src\//, isPackage])).toEqual([]);
  });

  test("only src/index.ts imports the ledger's class, and only that class imports Cloudflare's modules", () => {
    const knowing = (name: string) => pathsWhere(src, ({ imports }) => imports.includes(name));
    expect(knowing("src/ledger/durable-ledger.ts")).toEqual(["src/index.ts"]);
    expect(pathsWhere(src, ({ imports }) => imports.some((each) => each.startsWith("cloudflare:")))).toEqual([
      "src/ledger/durable-ledger.ts",
    ]);
    expect(reach("src/app.ts")).toContain("src/ledger/rpc.ts");
    expect(
      [...reach("src/app.ts")].filter((each) => /^cloudflare:|^src\/ledger\/durable-ledger\.ts$/.test(each)),
    ).toEqual([]);
  });

  test("src imports no vendor's schema", () => {
    const vendors = vendorSources.map(({ path }) => path.replace("adapters/", "schemas/"));
    const wire = [...vendors, ...vendors.map((path) => path.replace("schemas/", "schemas/documents/"))];
    expect(schemas.map(({ path }) => path)).toEqual(expect.arrayContaining(wire));
    expect(
      src.flatMap(({ path, imports }) =>
        imports.filter((each) => wire.includes(each)).map((each) => `${path} → ${each}`),
      ),
    ).toEqual([]);
  });

  test("the console calls the gateway only through the client, and imports of the API only types and shared helpers", () => {
    const packages = [/^preact$/, /^preact\/hooks$/, /^@preact\/signals$/];
    expect(strays(console, [/^console\//, /^schemas\//, /^packages\/client\/src\/index\.ts$/, ...packages])).toEqual(
      [],
    );
    expect(pathsWhere(console, ({ imports }) => imports.includes("packages/client/src/index.ts"))).toEqual([
      "console/gateway/gateway.ts",
    ]);
    expectNoImports(["json-pointer", "parse-json", "sleep"]);
    const loads = /^import (?!type\b)[^;]*"(?:\.\.\/)+schemas\/(?!(?:json-pointer|parse-json|sleep)\.ts")/m;
    expect(loads.test('import { problem } from "../../schemas/problem.ts";')).toBe(true);
    expect(pathsWhere(console, ({ code }) => loads.test(code))).toEqual([]);
  });

  test("the command line calls the gateway only through the client", () => {
    expect(
      strays(cli, [
        /^packages\/cli\/(?:src\/|package\.json$)/,
        /^packages\/client\/src\/index\.ts$/,
        /^schemas\//,
        isPackage,
      ]),
    ).toEqual([]);
    expect(pathsWhere(cli, sends)).toEqual([]);
  });

  test("the client imports of the API only types, the problem codes and shared helpers, and no package but ky", () => {
    expectNoImports(["parse-json", "problem-codes", "retry-after", "sleep"]);
    expect(strays(client, [/^packages\/client\/src\//, /^schemas\//, /^ky$/])).toEqual([]);
    const loads =
      /^import (?!type\b)[^;]*"(?:\.\.\/)+schemas\/(?!(?:parse-json|problem-codes|retry-after|sleep)\.ts")/m;
    expect(loads.test('import { account } from "../../../schemas/account.ts";')).toBe(true);
    expect(pathsWhere(client, ({ code }) => loads.test(code))).toEqual([]);
  });

  test("the sandbox imports only schemas, and each vendor's file its own adapter for the registry", () => {
    const expected = vendorSources.map(({ path }) => `${sandboxOf(path)} → ${path}`);
    expect(strays(sandbox, [/^schemas\//, /^sandbox\//, isPackage])).toEqual(
      [
        ...expected,
        "sandbox/sandbox.ts → adapters/engine/adapter.ts",
        "sandbox/sandboxes.ts → adapters/engine/adapter.ts",
      ].toSorted(),
    );
    const usesInCode = ({ path, code }: Source) => {
      const [, name] = /^export const (\w+): Adapter = /m.exec(code) ?? [];
      const withoutText = read(sandboxOf(path)).code.replaceAll(/"[^"]*"|`[^`]*`/g, "");
      return withoutText.match(new RegExp(`\\b${name}\\b`, "g"))?.length;
    };
    // The import, and the member `adapter`.
    expect(vendorSources.map(usesInCode)).toEqual(vendorSources.map(() => 2));
  });
});

test("the testing kit imports nothing of Cloudflare or Node, so it runs everywhere", () => {
  const reached = [...reach("packages/testing/src/index.ts")];
  expect(reached).toEqual(expect.arrayContaining(["src/app.ts", "src/ledger/ledger.ts", "sandbox/faults.ts"]));
  expect(reached.filter((each) => /^(cloudflare|node):|^msw\/|^src\/ledger\/(durable|sqlite)/.test(each))).toEqual([]);
  expect(
    strays(testing, [/^(schemas|adapters|src|sandbox|packages\/testing\/src)\//, /^msw$/, /^@noble\/hashes\//]),
  ).toEqual([]);
});

test("src names no vendor, not even in comments", () => {
  const names = allAdapters.flatMap(({ vendor, title }) => [vendor, title]);
  const named = new RegExp(names.map((name) => name.replace(/[ _]/g, "[ _-]?")).join("|"), "i");
  expect(named.test("elasticPath")).toBe(true);
  expect(pathsWhere(src, ({ text }) => named.test(text))).toEqual([]);
});

test("only the app, its routes and its middleware import hono", () => {
  const knows = ({ imports }: Source) => imports.some((each) => /^(hono|@hono)(\/|$)/.test(each));
  const app = [/^src\/app\.ts$/, /^src\/http\//];
  expect(pathsWhere([...schemas, ...adapterSources], knows)).toEqual([]);
  expect(pathsWhere(src, knows).filter((path) => !app.some((pattern) => pattern.test(path)))).toEqual([]);
});

test("only the vendor client sends requests", () => {
  const senders = pathsWhere([...schemas, ...adapterSources, ...src], sends);
  expect(senders).toEqual(expect.arrayContaining(["src/vendor-client/context.ts", "src/vendor-client/credentials.ts"]));
  expect(senders.filter((path) => !path.startsWith("src/vendor-client/"))).toEqual([]);
});

test("only src/log.ts writes to the console", () => {
  expect(pathsWhere([...schemas, ...adapterSources, ...src], ({ code }) => /\bconsole\b/.test(code))).toEqual([
    "src/log.ts",
  ]);
});

test("the state machine gets time and random values as parameters, and does no I/O", () => {
  const names = ["transitions", "claim", "operation", "rate-limiter", "reconcile"].map(
    (name) => `src/ledger/${name}.ts`,
  );
  const pure = src.filter(({ path }) => names.includes(path));
  expect(pure).toHaveLength(names.length);
  expect(strays(pure, [/^schemas\//, /^adapters\/engine\//, ...names.map((name) => new RegExp(`^${name}$`))])).toEqual(
    [],
  );
  const impure =
    /\b(Date|performance|Temporal|Math\s*\.\s*random|crypto|fetch|storage|scheduler|queueMicrotask|set(?:Timeout|Interval|Alarm)|process|globalThis|await|Promise)\b/;
  expect(impure.test("Math.random()")).toBe(true);
  expect(pathsWhere(pure, ({ code }) => impure.test(code))).toEqual([]);
});

test("one file reads a credential", () => {
  const reads = ({ code }: Source) => /\.credential\b/.test(code);
  expect(pathsWhere(src, reads)).toEqual(["src/vendor-client/credentials.ts"]);
});

describe("every problem", () => {
  const code = [...src, ...adapterSources].map((source) => source.code).join("\n");
  const tests = [...sourcesOf("test/src"), ...sourcesOf("test/e2e/workerd/ledger")].map(({ text }) => text).join("\n");

  test.each(problemCodes.options)("%s is used, and tested", (problem) => {
    expect(code).toContain(`"${problem}"`);
    expect(tests).toContain(`"${problem}"`);
  });
});

test("src has five folders, at most 8 files beside them, and at most 48 files in all", () => {
  const paths = src.map(({ path }) => path);
  const folders = new Set(paths.flatMap((path) => path.split("/").slice(1, -1)));
  expect([...folders].toSorted()).toEqual(["connections", "create", "http", "ledger", "vendor-client"]);
  expect(paths.filter((path) => path.split("/").length === 2).length).toBeLessThanOrEqual(8);
  expect(paths.length).toBeLessThanOrEqual(48);
});

test("no code tells the cases of a union apart by a member's presence", () => {
  const tellsByMember = /"\w+" in [a-z]/;
  expect(tellsByMember.test('"fault" in read')).toBe(true);
  // A vendor's error body is unknown JSON, not a union.
  const expected = ["adapters/engine/vendor-errors.ts"];
  expect(
    pathsWhere([...schemas, ...adapterSources, ...src, ...console, ...cli, ...client], ({ code }) =>
      tellsByMember.test(code),
    ),
  ).toEqual(expected);
});
