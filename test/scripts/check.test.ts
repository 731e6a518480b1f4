/** `npm run check` fails and names variables that a running Worker ignores. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const digest = (key: string) => createHash("sha256").update(key).digest("hex");
const connection = `id = "acme"
vendor = "garmat"
base_url = "https://garmat.example"
auth = { type = "api_key", api_key = { secret = "ACME_KEY" } }
`;
const key = (sha256: string, connections = "*") => `[vars.KEY_APP]
name = "app"
sha256 = ["${sha256}"]
connections = ["${connections}"]
`;
const valid = `[vars.CONNECTION_ACME]\n${connection}${key(digest("a key of our own"))}`;

/** Checks this configuration, and returns the exit code and the output. */
async function check(text: string, environment = {}) {
  const file = join(mkdtempSync(join(tmpdir(), "account-gateway-")), "wrangler.toml");
  writeFileSync(file, `name = "x"\nmain = "x.ts"\ncompatibility_date = "2026-10-01"\n${text}`);
  const env = { ...process.env, ACME_KEY: "a secret of some length", ...environment };
  return promisify(execFile)(process.execPath, ["scripts/check.ts", "--config", file], { env }).then(
    ({ stdout }) => ({ exitCode: 0, printed: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ exitCode: code, printed: stderr }),
  );
}

describe.concurrent("npm run check", () => {
  it("accepts a correct configuration, with any names of secrets and shell variables", async () => {
    const shell = { CONNECTIONS_B: "{}", KEYS: "{}", KEYS_SECRET: "{}" };
    expect(await check(`[vars]\nCONNECTIONS_TOKEN = "x"\n${valid}`, shell)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["CONNECTIONS_B", connection, "CONNECTION_"],
    ["CONECTION_B", connection, "CONNECTION_"],
    ["CONNECTION-B", connection, "CONNECTION_"],
    ["connection_b", connection, "CONNECTION_"],
    ["ACME_SHOP", connection, "CONNECTION_"],
    ["CONNECTIONS_B", 'name = "nothing else"', "CONNECTION_"],
    ["KEYS_APP", 'connections = ["*"]', "KEY_"],
    ["BILLING_KEY", `sha256 = ["${digest("a key")}"]`, "KEY_"],
  ])("names the table %s, which the gateway ignores", async (name, members, prefix) => {
    const { exitCode, printed } = await check(`${valid}[vars."${name}"]\n${members}\n`);
    expect(exitCode).toBe(1);
    expect(printed).toContain(`✘ ${name}: The gateway does not read it. Its name must begin with ${prefix}.`);
  });

  it("names an ignored variable with JSON, and a misspelt ALLOWED_ORIGINS", async () => {
    const json = `[vars]\nCONNECTIONS_B = '{"id": "b"'\nALLOWED_ORIGIN = "https://app.example.com"\n`;
    const { exitCode, printed } = await check(json + valid);
    expect(exitCode).toBe(1);
    expect(printed).toContain("✘ CONNECTIONS_B: ");
    expect(printed).toContain("✘ ALLOWED_ORIGIN: The gateway does not read it. Rename it to ALLOWED_ORIGINS.");
  });

  it.each([
    ["a vendor's connection", `[vars.CONNECTION_ACME]\n${connection}${key(digest("demo-key"), "acme")}`],
    ["no connection", key(digest("demo-key"))],
  ])("refuses the public demo key if it can use %s", async (_what, text) => {
    const { exitCode, printed } = await check(text);
    expect(exitCode).toBe(1);
    expect(printed).toContain("✘ the key `app`: `sha256` has the digest of `demo-key`, which is public");
  });

  it("accepts the demo key if it can use only the sandbox", async () => {
    const sandbox = valid
      .replace("garmat.example", "garmat.sandbox.test")
      .replace(digest("a key of our own"), digest("demo-key"));
    expect(await check(sandbox)).toMatchObject({ exitCode: 0 });
  });
});
