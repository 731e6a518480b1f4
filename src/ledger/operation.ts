/** An operation: one keyed create as the ledger stores it. Times are milliseconds since the epoch, by the ledger's clock. */
import type { Sendable } from "../../adapters/engine/encode.ts";
import type { LookupEvidence } from "../../adapters/engine/lookup.ts";
import type { Plan } from "../../adapters/engine/plan.ts";
import type { Account, ConfirmedFieldEntry } from "../../schemas/documents/account.ts";
import type { TextField } from "../../schemas/account.ts";
import type { GuaranteeLevel } from "../../schemas/documents/capability.ts";
import type { Json } from "../../schemas/json.ts";
import type { OperationState, TransitionReason } from "../../schemas/operation.ts";
import type { Problem } from "../../schemas/documents/problem.ts";
import type { ProblemCode } from "../../schemas/problem.ts";

/** A problem without the members that depend on the request. */
export interface StoredProblem {
  code: ProblemCode;
  detail?: string | undefined;
  errors?: Problem["errors"] | undefined;
  vendor?: Problem["vendor"] | undefined;
}

export interface CreatedAccount {
  account: Omit<Account, "operation" | "fields" | "vendor_response">;
  fields: ConfirmedFieldEntry[];
}

/** The vendor's answer to a lookup, before the ledger compares it with its other operations. */
export type LookupAnswer =
  | { kind: "evidence"; evidence: LookupEvidence }
  /** The gateway cannot look up this operation's account. */
  | { kind: "no_lookup" }
  /** The lookup failed, or its answer proves nothing. */
  | { kind: "unreadable"; problem: StoredProblem; retryAfterMs: number | undefined }
  /** The connection's target has changed since the account was sent. */
  | { kind: "target_changed" };

/** The outcome of one send, in the form that the ledger applies. */
export type RecordedOutcome =
  | ({ kind: "created" } & CreatedAccount)
  | {
      kind: "rejected";
      problem: StoredProblem;
      /** For a duplicate: the field whose value the vendor already holds. */
      duplicateOf: TextField | undefined;
      /** Whether this operation may have created the account that the rejection is about. */
      mayBeOurs: boolean;
      /** The answer to the lookup after the rejection. */
      lookup?: LookupAnswer;
    }
  | {
      kind: "not_created";
      problem: StoredProblem;
      /** `foreign`: a proxy or another server answered instead of the vendor, or the vendor does not serve this URL. */
      cause: "not_sent" | "refused" | "foreign";
      retryAfterMs: number | undefined;
      lookup?: LookupAnswer;
    }
  | { kind: "unknown"; problem: StoredProblem };

export interface Transition {
  atMs: number;
  state: OperationState;
  attempt: number;
  reason: TransitionReason;
  by?: string | undefined;
  note?: string | undefined;
}

/** The members of a new operation that come from its request and connection. */
export interface NewOperation {
  id: string;
  vendor: string;
  sendable: Sendable;
  guarantee: GuaranteeLevel;
  retentionMs: number;
  /** For how long the vendor answers a repeat of the create with its first answer. Missing: the vendor has no idempotency key. */
  repeatableForMs?: number;
}

/** The members that a list shows. */
export type OperationOutline = Pick<
  Operation,
  "id" | "vendor" | "guarantee" | "isAsync" | "createdAtMs" | "updatedAtMs" | "state" | "attempt" | "dueAtMs"
>;

/** Where a connection creates accounts: a tenant at a vendor. */
export interface Target {
  /** Vendor, origin, tenant and client. */
  target: string;
  /** The path of `base_url`. Missing in rows of older versions. */
  targetPath?: string | undefined;
}

export interface Operation extends Target {
  id: string;
  /** Digest of the gateway key's name and the Idempotency-Key. The Idempotency-Key itself is not stored. */
  keyDigest: string;
  /** The name of the gateway key. */
  keyName: string;
  /** Digest of the caller's body. */
  fingerprint: string;
  vendor: string;
  guarantee: GuaranteeLevel;
  isAsync: boolean;
  createdAtMs: number;
  updatedAtMs: number;

  state: OperationState;
  /** The number of claims. */
  attempt: number;
  /** Identifies the last claim. */
  nonce: string | null;
  /** When the lease of the last claim ends, including the ledger's grace period. */
  leaseEndsMs: number;
  /** Whether an attempt may have created an account. Then the gateway looks for it before it sends again. */
  mayHaveCreated: boolean;
  /** The number of resends that may have created an account. */
  resends: number;
  repeatableForMs: number;
  /** Until then, a repeat of the create is safe, because the vendor answers it with its first answer. 0: never. */
  repeatableUntilMs: number;
  /** Whether the outcome of an attempt before the latest one is unknown. Then a refusal of the latest one proves nothing. */
  isRepeat: boolean;
  /** When the ledger must act next: a lease or the retention ends, or a lookup or a send is due. `null`: never. */
  dueAtMs: number | null;
  /** When the queue gives up. */
  giveUpAtMs: number;
  retentionMs: number;
  history: Transition[];

  /** `null` once the operation needs no more sends or lookups. */
  sendable: Sendable | null;
  unknownSinceMs: number | null;
  /** The start of the first complete lookup that did not show the account. */
  missingSinceMs: number | null;
  /** After a proxy's answer, the gateway does not send the account again before this time. 0: no limit. */
  heldBackUntilMs: number;
  /** Whether a person has confirmed since the last send that there is no account. */
  isCleared: boolean;
  /** How often the lookup or send that is due has failed. */
  tries: number;
  /** A rejection that the ledger applies only after a lookup. */
  suspected: StoredProblem | null;
  /** For a suspected duplicate: the field whose value the vendor already holds. */
  suspectedOf: TextField | null;
  /** The candidates, by `candidateKey`, that a person has ruled out. */
  ruledOut: string[];

  created: CreatedAccount | null;
  problem: StoredProblem | null;
  candidates: Json[];
  /** The ids of further accounts that the vendor created for the operation. */
  duplicates: string[];
}

const targets = new WeakMap<Plan, Target>();

/** The target of a plan. A new bearer token or raw key does not change the target, because it does not name its client. */
export function targetOf(plan: Plan): Target {
  const known = targets.get(plan);
  if (known !== undefined) return known;
  const target = readTarget(plan);
  targets.set(plan, target);
  return target;
}

function readTarget({ adapter, connection, headers, auth }: Plan): Target {
  const { origin, pathname } = new URL(connection.base_url);
  const settings = Object.keys(adapter.settings).map((name) => connection[name] ?? null);
  // A header that no setting fills, such as the version of the API, names no tenant.
  const named = Object.fromEntries(Object.entries(headers).filter(([, value]) => settings.includes(value)));
  const others = settings.filter((value) => !Object.values(named).includes(String(value)));
  const target = JSON.stringify([adapter.vendor, origin, named, auth.client ?? null, ...others]);
  return { target, targetPath: pathname };
}

export function isSameTarget(one: Target, other: Target): boolean {
  if (one.target !== other.target) return false;
  return one.targetPath === undefined || other.targetPath === undefined || one.targetPath === other.targetPath;
}

/** The connection in an operation's id, `<connection>.<UUID>`; `undefined` if the text is not such an id. */
export function connectionOfOperation(id: string): string | undefined {
  return /^([a-z0-9-]+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(id)?.[1];
}

/**
 * The stamp that the gateway writes into the account: the 32 hexadecimal digits of the operation's UUID. Some vendors change
 * the text that they store, but they rarely change a short text of plain digits.
 */
export function stampOf(id: string): string {
  return id.slice(id.lastIndexOf(".") + 1).replaceAll("-", "");
}
