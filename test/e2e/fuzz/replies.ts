/**
 * Random answers to creates, token requests and lookups, with any status, headers and body. The test makes them from
 * the vendor's real replies, and breaks most of them.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { planOf } from "../../../packages/adapter-kit/src/fixtures.ts";
import { onTheWire, withValueAt } from "../../../packages/adapter-kit/src/json.ts";
import { accountRequestSchema } from "../../../adapters/engine/connection-schema.ts";
import { encode } from "../../../adapters/engine/encode.ts";
import { toPath, valueAt } from "../../../schemas/json-pointer.ts";
import { maxReplyBytes } from "../../../src/read-message.ts";
import type { Json } from "../../../schemas/json.ts";
import { sampleOf } from "../../support/samples.ts";
import { bytesOf, edited, encoded, headerValues } from "../../support/fuzz/hostile.ts";
import {
  type Answer,
  clearRecords,
  interceptVendors,
  ledgerAt,
  loggedText,
  operationOf,
  resetVendors,
  secrets,
  secretsOf,
  sends,
  traffic,
  type Vendor,
  vendors,
} from "../../support/workerd/ledger.ts";
import { isCreate } from "../../support/vendor-requests.ts";
import { hangMs } from "./counts.ts";
import { faultsIn } from "./faults.ts";

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  /** How its body ends. */
  ending: "whole" | "breaks" | "stalls";
}

const statuses = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(200, 201) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(202, 204, 206, 302, 304, 307, 400, 401, 403, 404, 408, 409, 422, 425, 429, 499),
  },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
);
const headers = fc.record(
  {
    "Content-Type": headerValues("application/json", "text/html", "application/problem+json"),
    "Content-Length": headerValues("0", "-1", "1e3", "999999999999"),
    "Retry-After": headerValues("0", "7", "1e9", "9".repeat(400), "Fri, 31 Dec 1999 23:59:59 GMT", "Xxx, never GMT"),
    Location: headerValues("https://canary.example/", "//[::1]/", "/"),
    "Set-Cookie": headerValues("a=b"),
    "X-Request-Id": headerValues("canary"),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const endings = fc.oneof(
  { weight: 120, arbitrary: fc.constant("whole" as const) },
  { weight: 3, arbitrary: fc.constant("breaks" as const) },
  // Rare, because a stalled reply takes the whole timeout of the connection.
  { weight: 1, arbitrary: fc.constant("stalls" as const) },
);

const repliesOf = (documents: readonly Json[]): fc.Arbitrary<Reply> =>
  fc.record({ status: statuses, headers, body: bytesOf(edited(fc.constantFrom(...documents))), ending: endings });

function responseOf({ status, headers: own, body, ending }: Reply): Response {
  const isBodiless = [204, 205, 304].includes(status);
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(body),
    pull: (controller) => (ending === "breaks" ? controller.error(new Error("lost")) : new Promise(() => {})),
  });
  return new Response(isBodiless ? null : ending === "whole" ? body : stream, { status, headers: own });
}

interface Scene {
  isKeyed: boolean;
  reply: Reply;
  /** The answer to every request that is not a create or a token request. */
  lookup: Reply;
  token: Reply | undefined;
}

/** The account of the vendor's example, and the vendor's real replies. */
function knownOf(vendor: Vendor) {
  const sample = sampleOf(vendor);
  const { adapter, examples, rejection, found, sandbox } = sample;
  const plan = planOf(sample, { auth: sandbox.connection.auth });
  const [{ account }] = examples;
  const { body } = encode(plan, accountRequestSchema([adapter]).parse(account), "strict");
  const accounts = ["vendor-id-1", 42, "BIG"].map((id) => withValueAt(onTheWire(body), adapter.reply.id, id));
  const replies = examples.flatMap(({ reply }) => reply ?? []);
  const record = { id: "vendor-id-1", name: "Acme", code: "ACME", external_ref: "a", registration_id: "r" };
  const text = "has already been taken";
  // Redaction removes only the connection's own secret, so leak that one.
  const leak = secretsOf(vendor).join(" ");
  const leaking = accounts.map((each) => withValueAt(each, "/leak", leak));
  return {
    account,
    hasTokens: plan.auth.kind === "token",
    inProgressStatuses: adapter.idempotencyKey?.inProgressStatuses ?? [],
    readId: (reply: unknown) => {
      const answer = { status: 200, headers: {}, body: reply as Json };
      return valueAt(adapter.reply.normalise?.(answer).body ?? answer.body, toPath(adapter.reply.id));
    },
    // The list has each account twice, so that most broken replies are made from accounts.
    replies: [...accounts, ...leaking, ...replies, rejection(text), rejection(text, "/name"), rejection(leak)],
    lookups: [
      ...adapter.lookups.flatMap(({ by }) => [found?.([record], by) ?? null, found?.([], by) ?? null]),
      rejection(text),
    ],
    /** Replies with a fixed meaning; `BIG` stands for an integer that a double cannot hold. */
    plain: [
      [201, leaking],
      [200, accounts],
      [202, accounts],
      [500, accounts],
      [422, [rejection(text), rejection(leak)]],
      [201, [rejection(text), onTheWire(body)]],
    ] as const,
  };
}

const tokens = repliesOf([
  { access_token: "vendor-token-0123456789", token_type: "Bearer", expires_in: 3600 },
  { error: "invalid_client", error_description: secrets.OAUTH },
])
  // A token request that stalls would take five seconds.
  .filter(({ ending }) => ending !== "stalls");

function read(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Whether the status of a complete answer means that no account was created. */
const isRejection = (status: number) => status >= 400 && status < 500 && ![408, 425, 499].includes(status);

/** A token may be a number that a double cannot hold. The gateway keeps all its digits, as it does for an id. */
function hasToken(reply: unknown): boolean {
  if (typeof reply !== "object" || reply === null || !("access_token" in reply)) return false;
  const { access_token: token } = reply;
  return typeof token === "string" || (typeof token === "number" && !Number.isSafeInteger(token));
}

/** Sends one create, and returns the faults of the answer. Reads the vendor's replies without the gateway's code. */
function createPlayer(vendor: Vendor) {
  const { account, hasTokens, inProgressStatuses, readId } = knownOf(vendor);
  return async ({ isKeyed, reply, lookup, token }: Scene): Promise<{ outcome: string; faults: string[] }> => {
    // Each request has its own variables, so it also requests its own token.
    clearRecords();
    let isAsked = false;
    interceptVendors(async (request, pass) => {
      if (isCreate(request)) return responseOf(reply);
      if (/tokens?$/.test(new URL(request.url).pathname)) return token === undefined ? pass() : responseOf(token);
      isAsked = true;
      return responseOf(lookup);
    });
    const key = isKeyed ? {} : { idempotencyKey: null };
    const answer = await ledgerAt(vendor).create(account, { query: "?include=fields,vendor_response", ...key });
    const { account: created, problem, text } = answer;
    const isSent = sends() > 0;
    const isWhole = reply.ending === "whole" && reply.body.length <= maxReplyBytes;
    const isSuccess = isWhole && [200, 201].includes(reply.status) && sends() === 1;
    const isInProgress = isKeyed && inProgressStatuses.includes(reply.status);
    const isRefused = !isSent || (isWhole && isRejection(reply.status) && !isInProgress);
    // After a duplicate error or a proxy's answer, the gateway looks the account up. The lookup can fail, or show a candidate.
    const isLookedUp = isKeyed && problem?.code === "outcome_unknown" && isAsked;
    const faults = faultsIn({
      "a fault that is not the vendor's": problem !== undefined && problem.origin !== "vendor",
      "a secret is shown": Object.values(secrets).some((secret) => (text + loggedText()).includes(secret)),
      "sent to another host": traffic().some(({ url }) => !new URL(url).hostname.endsWith(".sandbox.test")),
      "sent without a token": isSent && token !== undefined && hasTokens && !hasToken(read(token.body)),
      "not sent, although it has a token": !isSent && token === undefined,
      "an account without a success": created !== undefined && !isSuccess,
      "an account of another id": created !== undefined && !isId(created.id, readId(read(reply.body)), reply.body),
      "an effect that does not match the vendor's answer":
        created === undefined && problem?.effect !== (isRefused && !isLookedUp ? "none" : "unknown"),
      "an operation in another state": isKeyed && !(await isRecorded(answer)),
    });
    return { outcome: problem?.code ?? "created", faults };
  };
}

async function isRecorded({ account: created, problem }: Answer): Promise<boolean> {
  const { state } = await operationOf(created?.operation ?? problem?.operation ?? "");
  if (created !== undefined) return state === "created";
  return problem?.effect === "none" ? state === "rejected" || state === "not_created" : state === "unknown";
}

/** Whether the reply has exactly this id, with all digits of an integer that a double cannot hold. */
function isId(id: string, replied: unknown, body: Uint8Array): boolean {
  if (typeof replied === "string") return id.trim() !== "" && id === replied.toWellFormed();
  if (Number.isSafeInteger(replied)) return id === String(replied);
  return typeof replied === "number" && new TextDecoder().decode(body).includes(id);
}

const changes = Object.fromEntries(vendors.map((vendor) => [vendor, { require_key: false }]));

/** Tests random replies of each chosen vendor. Call this at the top of a test file that uses ledgers. */
export function fuzzReplies(numRuns: number, timeoutMs?: number, chosen: readonly Vendor[] = vendors): void {
  test.each(chosen)(
    "%s: a reply without an account is never reported as created",
    async (vendor) => {
      resetVendors({ changes });
      const { replies, lookups, plain } = knownOf(vendor);
      const seen = new Set<string>();
      const scene: fc.Arbitrary<Scene> = fc.record({
        isKeyed: fc.nat(9).map((one) => one === 0),
        reply: repliesOf(replies),
        lookup: repliesOf(lookups),
        token: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, tokens),
      });
      const examples = plain.flatMap(([status, documents]) =>
        documents.map((document): [Scene] => {
          const body = encoded(JSON.stringify(document).replace('"BIG"', "9007199254740993"));
          const reply = { status, headers: {}, body, ending: "whole" as const };
          return [{ isKeyed: true, reply, lookup: reply, token: undefined }];
        }),
      );
      const runScene = createPlayer(vendor);
      const property = fc.asyncProperty(scene, async (each) => {
        const { outcome, faults } = await runScene(each);
        seen.add(outcome);
        expect(faults).toEqual([]);
      });
      await fc.assert(property, { numRuns, examples, timeout: hangMs });
      expect([...seen]).toEqual(expect.arrayContaining(["created", "outcome_unknown", "vendor_contract_violation"]));
    },
    timeoutMs,
  );
}
