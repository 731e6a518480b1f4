/** The types of the platform that the gateway uses. They need no `@cloudflare/workers-types`, and accept what it declares. */

/** The Worker's bindings. Its other variables are connections, gateway keys and secrets. */
export interface Environment {
  /** The ledgers: the namespace of the class from `createLedger`. Creates with an `Idempotency-Key` need it. */
  LEDGERS?: { getByName(connection: string): object };
  /** The origins of web pages that may call the gateway, separated by commas or in an array. None by default. */
  ALLOWED_ORIGINS?: unknown;
  /** Answers requests to `*.sandbox.test`. */
  SANDBOX?: { fetch: typeof fetch };
  /** The static files in `dist/assets` of this package. */
  ASSETS?: { fetch: typeof fetch };
}

/** The context of a request, as the platform passes it. */
export interface RequestContext {
  waitUntil(promise: Promise<unknown>): void;
  passThroughOnException(): void;
  props: unknown;
}

export interface Gateway {
  fetch(request: Request, environment: Environment, context: RequestContext): Response | Promise<Response>;
}

/** The state that the platform passes to a Durable Object. */
export interface LedgerContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** A ledger. Only the gateway calls its other methods. */
export interface LedgerObject {
  /** Marks a Durable Object in Cloudflare's types. */
  __DURABLE_OBJECT_BRAND: never;
  alarm(): Promise<void>;
}

export type LedgerClass = new (context: LedgerContext, environment: Environment) => LedgerObject;
