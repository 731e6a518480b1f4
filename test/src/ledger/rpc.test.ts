/** An answer of the ledger leaves out what the Worker already knows, and the Worker restores it. */
import { expect, test } from "vitest";
import type { ClaimRequest } from "../../../src/ledger/claim.ts";
import type { Operation } from "../../../src/ledger/operation.ts";
import {
  claimOperation,
  type LedgerService,
  type SettleRequest,
  settleOperation,
  claimResultText,
  settledText,
} from "../../../src/ledger/rpc.ts";
import { account, inState, leaseMs, newOperation, outcomes, requestInfo } from "../../support/operations.ts";

const { sendable } = newOperation;
const request: ClaimRequest = { ...requestInfo, nonce: "new", isAsync: false, newOperation, leaseMs };

/** Claims or settles at a ledger that gives this answer. Returns the result, and the length of the answer. */
async function call<Result>(
  answers: { claim?: (claim: ClaimRequest) => string; settle?: (settle: SettleRequest) => string },
  send: (binding: { LEDGERS: { getByName: () => LedgerService } }) => Promise<Result>,
) {
  let length = 0;
  const answer = async (text = ""): Promise<string> => {
    length = text.length;
    return text;
  };
  const unused = () => Promise.reject(new Error("Not used"));
  const ledger: LedgerService = {
    claim: (text) => answer(answers.claim?.(JSON.parse(text))),
    settle: (text) => answer(answers.settle?.(JSON.parse(text))),
    read: unused,
    list: unused,
    resolve: unused,
  };
  return { result: await send({ LEDGERS: { getByName: () => ledger } }), length };
}

const claimAt = (operationOf: (claim: ClaimRequest) => Operation) =>
  call(
    { claim: (claim) => claimResultText({ kind: "claimed", operation: operationOf(claim), leaseMs }, claim) },
    async (binding) => (await claimOperation(binding, "acme", request)).result,
  );

test("a claim answers with the operation's account unless the caller's request has it", async () => {
  const known = await claimAt((claim) => ({ ...inState.sending, sendable: claim.newOperation?.sendable ?? null }));
  expect(known.result).toMatchObject({ kind: "claimed", operation: { id: "clarus.1", sendable } });
  const stored = { ...sendable, body: { name: "Stored earlier" } };
  const other = await claimAt(() => ({ ...inState.sending, sendable: stored }));
  expect(other.result).toMatchObject({ kind: "claimed", operation: { id: "clarus.1", sendable: stored } });
  expect(known.length).toBeLessThan(other.length - JSON.stringify(sendable).length + "null".length);
});

const outcome = outcomes.created;
const settleAt = (operationOf: (settle: SettleRequest) => Operation | null) =>
  call({ settle: (settle) => settledText(operationOf(settle), settle) }, (binding) =>
    settleOperation(binding, "acme", { keyDigest: "digest", nonce: "new", outcome }),
  );
/** The operation with exactly the account of the request. */
const withOutcome = (settle: SettleRequest): Operation => ({
  ...inState.created,
  created: settle.outcome.kind === "created" ? settle.outcome : null,
});

test("a settle answers with the operation's account unless the caller's request has it", async () => {
  const known = await settleAt(withOutcome);
  expect(known.result).toMatchObject({ state: "created", created: account("1") });
  const other = await settleAt(() => ({ ...inState.created, created: account("2") }));
  expect(other.result).toMatchObject({ state: "created", created: account("2") });
  expect(known.length).toBeLessThan(other.length - JSON.stringify(account("2")).length + 10);
});

test("a settle whose account the ledger does not accept answers with no account", async () => {
  const { result } = await settleAt(() => inState.unknown);
  expect(result).toMatchObject({ state: "unknown", created: null });
  expect((await settleAt(() => null)).result).toBeUndefined();
});
