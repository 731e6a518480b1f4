/** What the Worker asks of a connection's ledger, over RPC. Each call may be lost on the way there or back. */
import type { ClaimResult, ClaimRequest } from "./claim.ts";
import type { Operation, RecordedOutcome } from "./operation.ts";
import type { ListQuery, Page } from "./operation-store.ts";
import type { Resolution } from "./transitions.ts";

export interface SettleRequest {
  keyDigest: string;
  /** Names the attempt. */
  nonce: string;
  verdict: RecordedOutcome;
}

export interface ResolveRequest {
  id: string;
  judgement: Resolution;
}

export type ResolveAnswer =
  | { kind: "resolved"; operation: Operation }
  | { kind: "not_in_review" }
  /** The account may still reach the vendor, for so long at the most. */
  | { kind: "too_early"; leftMs: number };

export interface LedgerService {
  /** Without the `sendable` of a claimed operation where it is the proposal's: its way back would cost the most. */
  claim: (request: ClaimRequest) => Promise<ClaimResult>;
  settle: (request: SettleRequest) => Promise<Operation | null>;
  read: (id: string) => Promise<Operation | null>;
  list: (query: ListQuery) => Promise<Page>;
  resolve: (request: ResolveRequest) => Promise<ResolveAnswer>;
}
