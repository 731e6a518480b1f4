/** An import of 10,000 rows that is killed many times. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { randomFrom } from "../../support/random.ts";
import { startGateway } from "./gateway.ts";
import { killAndContinue } from "./kill-import.ts";

const rows = 10_000;
const kills = 20;
const timeoutMs = 30 * 60_000;

it(
  `an import of ${rows} rows that is killed ${kills} times creates each account once`,
  async () => {
    const seed = Date.now();
    const gateway = await startGateway();
    gateway.vendors.heal();
    try {
      const startedMs = performance.now();
      const folder = mkdtempSync(join(tmpdir(), "account-gateway-"));
      const { names, results, ...ended } = await killAndContinue({
        gateway,
        folder,
        rows,
        kills,
        random: randomFrom(seed),
      });
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      console.log({ seed, seconds, results, accounts: names.length, ...ended });
      expect(ended.kills).toBe(kills);
      expect(names).toHaveLength(rows);
      expect(new Set(names).size).toBe(rows);
    } finally {
      await gateway.stop();
    }
  },
  timeoutMs,
);
