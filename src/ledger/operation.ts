/** One keyed create, as the ledger keeps it and hands it over. Plain data, in the ledger's own clock (ms since the epoch). */
import type { Sendable } from "../../adapters/engine/encode.ts";
import type { Account, ConfirmedFieldEntry } from "../../schemas/documents/account.ts";
import type { TextField } from "../../schemas/account.ts";
import type { GuaranteeLevel } from "../../schemas/documents/capability.ts";
import type { Json } from "../../schemas/json.ts";
import type { OperationState, TransitionReason } from "../../schemas/operation.ts";
import type { Problem } from "../../schemas/documents/problem.ts";
import type { ProblemCode } from "../../schemas/problem.ts";
import type { LookupAnswer } from "./lookup-result.ts";

/** A problem without what belongs to the request that is told of it. */
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

/** What an attempt came to. */
export type RecordedOutcome =
  | ({ kind: "created" } & CreatedAccount)
  | {
      kind: "rejected";
      problem: StoredProblem;
      /** Of a duplicate: the field whose value the vendor holds already. */
      duplicateOf: TextField | undefined;
      /** Says the same to a ledger of the version before, which a deploy may not have reached yet. */
      isDuplicate: boolean;
      /** Whether the refusal may be about this very account. */
      mayBeOurs: boolean;
      /** What a lookup has shown just after. */
      found?: LookupAnswer;
    }
  | {
      kind: "not_created";
      problem: StoredProblem;
      /** `foreign`: the answer is not the vendor's own, or says that the request came to the wrong place. */
      cause: "not_sent" | "refused" | "foreign";
      /** Says the same to a ledger of the version before, which a deploy may not have reached yet. */
      wasSent?: boolean;
      retryAfterMs: number | undefined;
      found?: LookupAnswer;
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

/** What a first request brings along. */
export interface NewOperation {
  /** The operation's id, and its stamp. */
  id: string;
  vendor: string;
  sendable: Sendable;
  guarantee: GuaranteeLevel;
  retentionMs: number;
}

/** What a list shows of an operation. */
export type OperationOutline = Pick<
  Operation,
  "id" | "vendor" | "guarantee" | "isAsync" | "createdAtMs" | "updatedAtMs" | "state" | "attempt" | "dueAtMs"
>;

export interface Operation {
  id: string;
  /** Digest of the gateway key's name and the Idempotency-Key, which is itself not kept. */
  keyDigest: string;
  /** The gateway key's entry, by name. */
  keyName: string;
  /** Digest of the caller's body. */
  fingerprint: string;
  /** Where it is sent: vendor, origin, tenant and client. */
  target: string;
  /** The path there. An operation that an older version stored does not have it. */
  targetPath?: string | undefined;
  vendor: string;
  guarantee: GuaranteeLevel;
  isAsync: boolean;
  createdAtMs: number;
  updatedAtMs: number;

  state: OperationState;
  /** How often it was claimed, and by whom last. */
  attempt: number;
  nonce: string | null;
  /** When the last claim was over at the latest, the ledger's grace included. */
  leaseEndsMs: number;
  /** Whether any attempt may have created an account, so that a lookup comes before the next. */
  wasSent: boolean;
  /** How often it was sent again after an unknown outcome. */
  resends: number;
  /** When the ledger has to act: a lease that ends, a lookup, a send, the end of retention. `null`: never by itself. */
  dueAtMs: number | null;
  /** Until when a queue sends it again. */
  giveUpAtMs: number;
  retentionMs: number;
  history: Transition[];

  /** Kept while it may be sent or looked for. */
  sendable: Sendable | null;
  /** Since when it is unknown. */
  unknownSinceMs: number | null;
  /** Since when complete reads have not shown it as ours. */
  missingSinceMs: number | null;
  /** Until when it is not sent again, whatever lookups show: something in front of the vendor answered. 0: sent at any time. */
  heldBackUntilMs: number;
  /** Whether a person has said, since the last send, that there is no account. */
  isCleared: boolean;
  /** How often the ledger has tried what it is due for. */
  tries: number;
  /** A rejection that is not believed before a lookup. */
  suspected: StoredProblem | null;
  /** Of a suspected duplicate: the field whose value the vendor holds already. */
  suspectedOf: TextField | null;
  /** Candidates, by `keyOf`, of which a person has said that none is its account. */
  ruledOut: string[];

  created: CreatedAccount | null;
  problem: StoredProblem | null;
  candidates: Json[];
  /** Further accounts that the vendor reported for it. */
  duplicates: string[];
}
