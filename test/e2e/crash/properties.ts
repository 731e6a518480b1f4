/** The properties that hold after any number of kills of workerd. */
import { beforeAll, describe, expect, it } from "vitest";
import { alone, connections, crash, createdIn, type CrashOptions, type Evidence } from "./run.ts";

/** After a kill, the dev server may need a restart, and open operations need time to settle. */
const timeoutPerKillMs = 20_000;
const settlingMs = 240_000;

/** `CRASH_SEED` repeats the kills and creates of a run, but not their exact timing. */
export function describeCrashes(options: Omit<CrashOptions, "seed">): void {
  const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 1e9));

  describe(`${options.kills} kills of workerd under load (CRASH_SEED=${seed})`, () => {
    let evidence: Evidence;
    beforeAll(
      async () => {
        evidence = await crash({ ...options, seed });
      },
      options.kills * timeoutPerKillMs + settlingMs,
    );

    describe.each(connections)("$id", ({ id, isSettledAlone }) => {
      const answers = () => evidence.answers.filter(({ create }) => create.connection === id);
      const operations = () => evidence.operations.get(id) ?? [];
      const accounts = () => evidence.accounts.get(id) ?? [];
      const idsByName = () => {
        const ids = new Map<string, string[]>();
        for (const account of accounts()) ids.set(account.name, [...(ids.get(account.name) ?? []), account.id]);
        return ids;
      };
      const namesByOperation = () => new Map(answers().map(({ operation, create }) => [operation, create.name]));

      it("was killed during a send", () => {
        const reasons = operations().flatMap(({ history }) => history.map(({ reason }) => reason));
        expect(reasons).toContain("lease_expired");
      });

      it("has at most one account for each key", () => {
        expect([...idsByName()].filter(([, ids]) => ids.length > 1)).toEqual([]);
        expect(operations().filter(({ duplicates }) => duplicates.length > 0)).toEqual([]);
      });

      it("has every account that an answer names, under the key's name", () => {
        const created = answers().filter((answer) => answer.created !== null);
        expect(created.length).toBeGreaterThan(0);
        const ids = idsByName();
        expect(created.filter((answer) => !ids.get(answer.create.name)?.includes(answer.created ?? ""))).toEqual([]);
      });

      it("has every operation settled", () => {
        const settled = ["created", "rejected", "not_created", ...(isSettledAlone ? [] : ["needs_review"])];
        const open = operations().filter(({ state }) => !settled.includes(state));
        // After four sends with an unknown outcome, an operator decides.
        const isGivenUp = ({ history }: (typeof open)[number]) =>
          history.at(-1)?.reason === "resend_limit" && history.filter(({ state }) => state === "unknown").length > 3;
        expect(open.filter((operation) => !isGivenUp(operation))).toEqual([]);
      });

      it.runIf(id === "idempotent")(
        "has every operation settled by the vendor's first answer, without a lookup",
        () => {
          const reasons = new Set(operations().flatMap(({ history }) => history.map(({ reason }) => reason)));
          const lookups = ["found", "absent", "taken", "not_distinguishable", "no_verdict"] as const;
          expect(lookups.filter((reason) => reasons.has(reason))).toEqual([]);
        },
      );

      it("has exactly the accounts of its operations", () => {
        const names = namesByOperation();
        const ids = idsByName();
        const reported = operations().map(({ id: operation, state, account }) => ({
          operation,
          state,
          id: account?.id,
        }));
        const held = operations().map(({ id: operation, state }) => {
          const [only] = ids.get(names.get(operation) ?? "") ?? [];
          // A person resolves operations in review, so their accounts are not compared.
          return { operation, state, id: state === "needs_review" ? undefined : only };
        });
        expect(reported).toEqual(held);
      });

      it("never contradicts an account that an answer names", () => {
        const reported = new Map(operations().map(({ id: operation, account }) => [operation, account?.id]));
        const created = answers().filter((answer) => answer.created !== null);
        expect(created.filter((answer) => reported.get(answer.operation ?? "") !== answer.created)).toEqual([]);
        const times = new Set(
          created.map(({ create: { key }, operation, created: to }) => `${key} ${operation} ${to}`),
        );
        expect(times.size).toBe(new Set(created.map(({ create: { key } }) => key)).size);
      });

      it("keeps every operation that an answer names, one for each key", () => {
        const known = new Set(operations().map((operation) => operation.id));
        expect(answers().filter(({ operation }) => operation === null || !known.has(operation))).toEqual([]);
        expect(known.size).toBe(new Set(answers().map(({ create }) => create.key)).size);
      });
    });

    it("replays every account, and creates none", () => {
      expect(evidence.replays).toHaveLength(createdIn(evidence.answers).size);
      const first = new Map(
        evidence.answers.flatMap((answer) => (answer.created === null ? [] : [[answer.create, answer.created]])),
      );
      for (const { create, status, created, isReplay } of evidence.replays)
        expect({ create, status, created, isReplay }).toEqual({
          create,
          status: 201,
          created: first.get(create),
          isReplay: true,
        });
      expect(evidence.accountsAfterReplays).toEqual(evidence.accounts);
    });

    it("settles an operation that a kill left open without a request", () => {
      const { isWoken, operation, accounts } = evidence.alone;
      expect(isWoken).toBe(true);
      expect(accounts).toMatchObject([{ name: alone.name }]);
      expect(operation).toMatchObject({ state: "created", attempt: 1, account: { id: accounts[0]?.id } });
      expect(operation?.history.map(({ reason }) => reason)).toEqual(["claimed", "lease_expired", "found"]);
    });
  });
}
