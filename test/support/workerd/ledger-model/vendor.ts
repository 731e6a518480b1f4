/**
 * A sandbox vendor with faults: creates arrive late or twice, requests or answers are lost, and reads lag. The vendor may
 * change text before it stores the text. The vendor `idempotent` has an idempotency key of its own, and gives its first answer
 * again.
 */
import { type Intercept, nowMs, type Vendor } from "../ledger.ts";
import { FirstAnswers } from "../../idempotent-vendor.ts";
import { isCreate, isProbe } from "../../vendor-requests.ts";

export const createFaults = [
  "ok",
  "answer lost",
  "request lost",
  "late",
  "500 after create",
  "garbled after create",
  "repeated",
  "409 if it exists",
  "invalid",
  "401",
  "403",
  "429",
] as const;
export const readFaults = ["ok", "lost", "500", "429 for an hour", "garbled"] as const;
export const tokenFaults = ["ok", "refused"] as const;

export interface Faults {
  create: (typeof createFaults)[number];
  read: (typeof readFaults)[number];
  token: (typeof tokenFaults)[number];
  /** How long reads miss a new account. */
  lagMs: number;
  /** The delay of a late create, as a share of the longest delay, between 0 and 1. */
  lateness: number;
}

export const noFaults: Faults = { create: "ok", read: "ok", token: "ok", lagMs: 0, lateness: 0 };

export const modelledVendors = ["clarus", "elastic_path", "garmat", "zendesk", "idempotent"] as const;
export type ModelledVendor = (typeof modelledVendors)[number];

/** The vendor whose connection and sandbox the modelled vendor uses. */
export const sandboxOf = (vendor: ModelledVendor): Vendor => (vendor === "idempotent" ? "garmat" : vendor);

/** The longest time from a send to the arrival of a late create. */
const maxArrivalDelayMs = {
  clarus: 24_900,
  elastic_path: 24_900,
  garmat: 10_900,
  zendesk: 24_900,
  idempotent: 10_900,
} satisfies Record<ModelledVendor, number>;

/** How a vendor changes a name or a reference before it stores the text. */
const rewritings = {
  "as sent": (text: string) => text,
  NFC: (text: string) => text.normalize("NFC"),
  "white space collapsed": (text: string) => text.replace(/\s+/g, " ").trim(),
  "HTML escaped": (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  "zero-width removed": (text: string) => text.replace(/[\u200B-\u200D\uFEFF]/g, ""),
  "cut to 32": (text: string) => text.slice(0, 32),
  "upper case": (text: string) => text.toUpperCase(),
};
export type Rewriting = keyof typeof rewritings;
export const rewritingNames = Object.keys(rewritings) as Rewriting[];

export interface TextStorage {
  rewriting: Rewriting;
  /** Whether the vendor changes a filter in the same way as stored text. Otherwise, a filter finds only exact matches. */
  isTolerant: boolean;
}
/** The longest lag of a read. */
export const maxLagMs = 60_000;

/** Marks requests that the test sends itself. */
export const testHeader = "X-Test-Request";

export interface Send {
  name: string;
  /** The value at the destination of `external_ref`. */
  reference: string | null;
  /** Whether the account has a registration id, which is unique at the vendor. */
  isRegistered: boolean;
  /** The vendor's own idempotency key. */
  key: string | null;
  /** Identifies the gateway's request. If the gateway sends it again with a new token, the trace stays the same. */
  trace: string;
  order: number;
  atMs: number;
  /** `pending`: the create arrives later. `lost`: the request never arrives. */
  fate: "pending" | "created" | "refused" | "lost";
}

export interface VendorLookup {
  order: number;
  atMs: number;
  /** The URL and the body of the lookup. */
  about: string;
  isProbe: boolean;
  /** Whether the answer was complete. */
  isComplete: boolean;
}

export interface VendorAccount {
  id: string;
  name: string;
  origin: string;
  reference: string | null;
  visibleFromMs: number;
}

/** A create as it reaches the vendor. */
interface Arrival {
  url: string;
  headers: Headers;
  body: string;
}

interface LateCreate {
  send: Send;
  atMs: number;
  lagMs: number;
  arrival: Arrival;
}

/** The members of any dialect that a vendor may change. */
const rewritten: ReadonlySet<string> = new Set(["name", "external_ref", "external_system_reference1", "external_id"]);

/** Holds an answer back while the test continues. */
interface Gate {
  /** Whether a create has reached the gate. */
  isReached: boolean;
  opened: Promise<void>;
}

export class ModelVendor {
  faults = noFaults;
  readonly sends: Send[] = [];
  readonly lookups: VendorLookup[] = [];
  readonly accounts = new Map<string, VendorAccount>();
  /** Holds back the next answer to a create. */
  gate: Gate | undefined;
  readonly #lateCreates: LateCreate[] = [];
  readonly #firstAnswers = new FirstAnswers();
  readonly #vendor: ModelledVendor;
  readonly #onSend: (send: Send) => void;
  #order = 0;

  readonly textStorage: TextStorage;

  constructor(vendor: ModelledVendor, storing: TextStorage, onSend: (send: Send) => void) {
    this.#vendor = vendor;
    this.textStorage = storing;
    this.#onSend = onSend;
  }

  nextOrder(): number {
    return (this.#order += 1);
  }

  get lastLandingMs(): number {
    return maxArrivalDelayMs[this.#vendor];
  }

  readonly answer: Intercept = async (request, pass) => {
    if (request.headers.has(testHeader)) return pass();
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/oauth"))
      return this.faults.token === "ok" ? pass() : Response.json({ error: "invalid_client" }, { status: 401 });
    return isCreate(request) ? this.#create(request) : this.#read(request);
  };

  /** The text as the vendor stores it. */
  #stored(text: string): string {
    return rewritings[this.textStorage.rewriting](text);
  }

  async #create(request: Request): Promise<Response> {
    const { create, lagMs, lateness } = this.faults;
    const { gate } = this;
    this.gate = undefined;
    const body = await request.clone().text();
    const trace = request.headers.get("traceparent") ?? "";
    const key = request.headers.get("Idempotency-Key");
    const send: Send = { ...readSent(body), key, trace, order: this.nextOrder(), atMs: nowMs(), fate: "lost" };
    const arrival: Arrival = { url: request.url, headers: new Headers(request.headers), body };
    this.#onSend(send);
    this.sends.push(send);

    let reply: Response | undefined;
    switch (create) {
      case "ok":
      case "answer lost":
      case "500 after create":
      case "garbled after create":
        reply = await this.#commit(arrival, send, lagMs);
        break;
      // A proxy sends the request twice. A vendor that accepts both creates two accounts, and no gateway can prevent it.
      case "repeated":
        reply = await this.#commit(arrival, send, lagMs);
        if (this.#refusesSecond(send)) reply = await this.#deliver(arrival);
        break;
      case "409 if it exists":
        reply = this.#holds(send)
          ? new Response("<html>Conflict</html>", { status: 409 })
          : await this.#commit(arrival, send, lagMs);
        break;
      case "late": {
        send.fate = "pending";
        const atMs = nowMs() + Math.ceil(this.lastLandingMs * lateness);
        this.#lateCreates.push({ send, atMs, lagMs, arrival });
        break;
      }
      case "request lost":
        break;
      case "invalid":
        reply = await this.#commit(arrival, send, lagMs, async () => refusal("invalid"));
        break;
      case "401":
      case "403":
      case "429":
        send.fate = "refused";
        reply = refusal(create);
        break;
    }

    if (gate !== undefined) {
      gate.isReached = true;
      await gate.opened;
    }
    if (reply === undefined || create === "answer lost") throw new Error("The connection is lost");
    // The faults do not change a rejection.
    if (!reply.ok) return reply;
    if (create === "500 after create") return new Response("Oops", { status: 500 });
    return create === "garbled after create" ? new Response("{", { status: 201 }) : reply;
  }

  async #commit(arrival: Arrival, send: Send, lagMs: number, process = () => this.#store(arrival)): Promise<Response> {
    const reply = await this.#deliver(arrival, process);
    if (!reply.ok) {
      send.fate = "refused";
      // A late create with the same key gets the same answer.
      for (const late of this.#lateCreates)
        if (send.key !== null && late.send.key === send.key) late.send.fate = "refused";
      return reply;
    }
    send.fate = "created";
    this.register(await reply.clone().json(), send, arrival.url, lagMs);
    return reply;
  }

  /** Processes the request, unless the vendor remembers its answer to it. */
  #deliver(arrival: Arrival, process = () => this.#store(arrival)): Promise<Response> {
    return this.#vendor === "idempotent" ? this.#firstAnswers.answer(arrival.headers, nowMs(), process) : process();
  }

  /** Sends the request to the sandbox, with the text that the vendor stores. */
  #store({ url, headers, body }: Arrival): Promise<Response> {
    const stored = JSON.stringify(JSON.parse(body), (member, value: unknown) =>
      rewritten.has(member) && typeof value === "string" ? this.#stored(value) : value,
    );
    const own = new Headers(headers);
    own.set(testHeader, "delivered");
    own.delete("Content-Length");
    return fetch(new Request(url, { method: "POST", headers: own, body: stored }));
  }

  #holds({ name }: Send): boolean {
    return [...this.accounts.values()].some((account) => account.name === name);
  }

  /** Whether the second copy of a create creates no account, and the gateway can recognise the first account. */
  #refusesSecond({ reference, isRegistered }: Send): boolean {
    const isRefused = this.#vendor === "clarus" || this.#vendor === "zendesk";
    return this.#vendor === "idempotent" || isRegistered || (isRefused && reference !== null);
  }

  register(reply: unknown, { name, reference }: Pick<Send, "name" | "reference">, url: string, lagMs: number): void {
    const id = idOf(reply);
    const { origin } = new URL(url);
    this.accounts.set(id, { id, name, origin, reference, visibleFromMs: nowMs() + lagMs });
  }

  async #read(request: Request): Promise<Response> {
    const about = `${decodeURIComponent(request.url)} ${await request.clone().text()}`;
    const lookup = {
      order: this.nextOrder(),
      atMs: nowMs(),
      about,
      isProbe: isProbe(request),
      isComplete: this.faults.read === "ok",
    };
    this.lookups.push(lookup);
    switch (this.faults.read) {
      case "ok": {
        const reply = await fetch(this.#asFiltered(request));
        const { origin } = new URL(request.url);
        return reply.ok ? Response.json(this.#withoutUnseen(await reply.json(), origin)) : reply;
      }
      case "lost":
        throw new Error("The connection is lost");
      case "500":
        return new Response("Oops", { status: 500 });
      case "429 for an hour":
        return new Response("Slowly", { status: 429, headers: { "Retry-After": "3600" } });
      case "garbled":
        return new Response('{"data":', { status: 200 });
    }
  }

  /** The request with its filter as the vendor reads it. */
  #asFiltered(request: Request): Request {
    const url = new URL(request.url);
    const { searchParams } = url;
    const rewrite = (value: string) => (this.textStorage.isTolerant ? this.#stored(value) : value);
    for (const name of ["external_id", "name"]) {
      const value = searchParams.get(name);
      if (value !== null) searchParams.set(name, rewrite(value));
    }
    const [, field, value] = /^eq\((external_ref|name),"(.*)"\)$/s.exec(searchParams.get("filter") ?? "") ?? [];
    if (value !== undefined) {
      const text = rewrite(value.replace(/\\(["\\])/g, "$1")).replace(/["\\]/g, "\\$&");
      searchParams.set("filter", `eq(${field},"${text}")`);
    }
    const filtered = new Request(url, request);
    filtered.headers.set(testHeader, "filtered");
    return filtered;
  }

  /** The reply without accounts that a lagging read misses, and without accounts of another origin. */
  #withoutUnseen(reply: unknown, origin: string): unknown {
    const isSeen = (item: unknown): boolean => {
      const account = this.accounts.get(idOf(item));
      return account === undefined || (account.origin === origin && account.visibleFromMs <= nowMs());
    };
    const seen: { data?: unknown[]; meta?: { results?: { total: number } } } = JSON.parse(
      JSON.stringify(reply),
      (_member, value: unknown) =>
        Array.isArray(value) ? value.filter((item) => idOf(item) === "" || isSeen(item)) : value,
    );
    if (seen.meta?.results !== undefined) seen.meta.results.total = seen.data?.length ?? 0;
    return seen;
  }

  nextArrivalMs(): number {
    return Math.min(...this.#lateCreates.map(({ atMs }) => atMs));
  }

  /** Lets the next late create arrive. */
  async deliverNext(): Promise<void> {
    const atMs = this.nextArrivalMs();
    const index = this.#lateCreates.findIndex((late) => late.atMs === atMs);
    const [next] = this.#lateCreates.splice(index, 1);
    if (next === undefined) return;
    const { send, lagMs, arrival } = next;
    await this.#commit(arrival, send, lagMs);
  }
}

function refusal(create: "invalid" | "401" | "403" | "429"): Response {
  const status = create === "invalid" ? 400 : Number(create);
  const headers = create === "429" ? { "Retry-After": "2" } : {};
  return Response.json({ errors: [{ title: "No", status: String(status), detail: "Not so" }] }, { status, headers });
}

interface Sent {
  name?: string;
  external_ref?: string | null;
  external_system_reference1?: string | null;
  external_id?: string | null;
  registration_id?: string | null;
}

/** Reads a create in any vendor's dialect. */
function readSent(body: string): Pick<Send, "name" | "reference" | "isRegistered"> {
  const json: { data?: Sent & { attributes?: Sent }; organization?: Sent } & Sent = JSON.parse(body);
  const sent = json.data?.attributes ?? json.data ?? json.organization ?? json;
  const reference = sent.external_ref ?? sent.external_system_reference1 ?? sent.external_id ?? null;
  return { name: sent.name ?? "", reference, isRegistered: typeof sent.registration_id === "string" };
}

/** The id of an account in a reply or in an item of a list; empty if there is none. */
function idOf(item: unknown): string {
  const shape = (item ?? {}) as {
    id?: unknown;
    data?: { id?: unknown };
    node?: { id?: unknown };
    organization?: { id?: unknown };
  };
  return String(shape.data?.id ?? shape.node?.id ?? shape.organization?.id ?? shape.id ?? "");
}
