/**
 * A sandbox vendor under weather: creates that come late, twice, or are lost with or without effect, and reads that lag. It
 * may store text otherwise than it was sent.
 */
import { type Intercept, isCreate, nowMs, type Vendor } from "./ledger.ts";

export const createWeathers = [
  "well",
  "lost after",
  "lost before",
  "late",
  "500 after",
  "garbled after",
  "repeated",
  "refused where it exists",
  "invalid",
  "401",
  "403",
  "429",
] as const;
export const readWeathers = ["well", "lost", "500", "429 for an hour", "garbled"] as const;
export const tokenWeathers = ["well", "refused"] as const;

export interface Weather {
  create: (typeof createWeathers)[number];
  read: (typeof readWeathers)[number];
  token: (typeof tokenWeathers)[number];
  /** How long reads miss an account that is created now. */
  lagMs: number;
  /** When within its lease a create comes late, between 0 and 1. */
  lateness: number;
}

export const fair: Weather = { create: "well", read: "well", token: "well", lagMs: 0, lateness: 0 };

export const modelledVendors = ["clarus", "elastic_path", "garmat", "zendesk"] as const satisfies Vendor[];
export type ModelledVendor = (typeof modelledVendors)[number];

/** What a create of the vendor's may take, until its claim is over: with a timeout of 10 s and, but for Garmat, a token. */
const lastLandingMs = {
  clarus: 24_900,
  elastic_path: 24_900,
  garmat: 10_900,
  zendesk: 24_900,
} satisfies Record<ModelledVendor, number>;

/** What a vendor makes of a name or a reference before it stores it. */
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

export interface Storing {
  rewriting: Rewriting;
  /** Whether a filter is rewritten as the text was; otherwise it finds only what is stored to the letter. */
  isTolerant: boolean;
}
/** Reads lag by no more than this. */
export const maxLagMs = 60_000;

/** Marks what is sent by the test itself. */
export const beside = "X-Beside";

export interface Send {
  name: string;
  /** What stands in the home of `external_ref`. */
  reference: string | null;
  /** Whether it has a registration id, which the vendor lets no two accounts share. */
  isRegistered: boolean;
  /** The same for both sends of one exchange. */
  trace: string;
  order: number;
  atMs: number;
  /** `refused`: and said so. `nothing`: lost on the way. */
  fate: "landing" | "landed" | "refused" | "nothing";
}

export interface Look {
  order: number;
  atMs: number;
  /** What was asked for. */
  about: string;
  /** Whether it was answered in full. */
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

interface Landing {
  send: Send;
  atMs: number;
  lagMs: number;
  arrival: Arrival;
}

/** The members of any dialect that a vendor may store otherwise. */
const rewritten: ReadonlySet<string> = new Set(["name", "external_ref", "external_system_reference1", "external_id"]);

/** What may be under way at a vendor while the test goes on. */
interface Gate {
  /** A create has come this far. */
  isReached: boolean;
  opened: Promise<void>;
}

export class ModelVendor {
  weather = fair;
  readonly sends: Send[] = [];
  readonly looks: Look[] = [];
  readonly accounts = new Map<string, VendorAccount>();
  /** Holds the next answer to a create. */
  gate: Gate | undefined;
  readonly #landings: Landing[] = [];
  readonly #vendor: ModelledVendor;
  readonly #onSend: (send: Send) => void;
  #order = 0;

  readonly storing: Storing;

  constructor(vendor: ModelledVendor, storing: Storing, onSend: (send: Send) => void) {
    this.#vendor = vendor;
    this.storing = storing;
    this.#onSend = onSend;
  }

  nextOrder(): number {
    return (this.#order += 1);
  }

  get lastLandingMs(): number {
    return lastLandingMs[this.#vendor];
  }

  readonly answer: Intercept = async (request, pass) => {
    if (request.headers.has(beside)) return pass();
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/oauth"))
      return this.weather.token === "well" ? pass() : Response.json({ error: "invalid_client" }, { status: 401 });
    return isCreate(request) ? this.#create(request) : this.#read(request);
  };

  /** What a name or a reference is stored as. */
  #stored(text: string): string {
    return rewritings[this.storing.rewriting](text);
  }

  async #create(request: Request): Promise<Response> {
    const { create, lagMs, lateness } = this.weather;
    const { gate } = this;
    this.gate = undefined;
    const body = await request.clone().text();
    const trace = request.headers.get("traceparent") ?? "";
    const send: Send = { ...readSent(body), trace, order: this.nextOrder(), atMs: nowMs(), fate: "nothing" };
    const arrival: Arrival = { url: request.url, headers: new Headers(request.headers), body };
    this.#onSend(send);
    this.sends.push(send);

    let reply: Response | undefined;
    switch (create) {
      case "well":
      case "lost after":
      case "500 after":
      case "garbled after":
        reply = await this.#commit(arrival, send, lagMs);
        break;
      // A proxy sends the request twice. A vendor that takes both creates two accounts, whatever a gateway does.
      case "repeated":
        reply = await this.#commit(arrival, send, lagMs);
        if (this.#refusesSecond(send)) reply = await this.#deliver(arrival);
        break;
      case "refused where it exists":
        reply = this.#holds(send)
          ? new Response("<html>Conflict</html>", { status: 409 })
          : await this.#commit(arrival, send, lagMs);
        break;
      case "late": {
        send.fate = "landing";
        const atMs = nowMs() + Math.ceil(this.lastLandingMs * lateness);
        this.#landings.push({ send, atMs, lagMs, arrival });
        break;
      }
      case "lost before":
        break;
      case "invalid":
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
    if (reply === undefined || create === "lost after") throw new Error("The connection is lost");
    // What the vendor refuses it says, whatever the weather.
    if (!reply.ok) return reply;
    if (create === "500 after") return new Response("Oops", { status: 500 });
    return create === "garbled after" ? new Response("{", { status: 201 }) : reply;
  }

  async #commit(arrival: Arrival, send: Send, lagMs: number): Promise<Response> {
    const reply = await this.#deliver(arrival);
    if (!reply.ok) {
      send.fate = "refused";
      return reply;
    }
    send.fate = "landed";
    this.register(await reply.clone().json(), send, arrival.url, lagMs);
    return reply;
  }

  /** The request as the vendor stores it. */
  #deliver({ url, headers, body }: Arrival): Promise<Response> {
    const stored = JSON.stringify(JSON.parse(body), (member, value: unknown) =>
      rewritten.has(member) && typeof value === "string" ? this.#stored(value) : value,
    );
    const own = new Headers(headers);
    own.set(beside, "delivered");
    own.delete("Content-Length");
    return fetch(new Request(url, { method: "POST", headers: own, body: stored }));
  }

  #holds({ name }: Send): boolean {
    return [...this.accounts.values()].some((account) => account.name === name);
  }

  /** Without a reference nothing tells whose the first one is (docs/explanation/guarantees.md, "What the gateway cannot promise"). */
  #refusesSecond({ reference, isRegistered }: Send): boolean {
    const isRefused = this.#vendor === "clarus" || this.#vendor === "zendesk";
    return isRegistered || (isRefused && reference !== null);
  }

  register(reply: unknown, { name, reference }: Pick<Send, "name" | "reference">, url: string, lagMs: number): void {
    const id = idOf(reply);
    const { origin } = new URL(url);
    this.accounts.set(id, { id, name, origin, reference, visibleFromMs: nowMs() + lagMs });
  }

  async #read(request: Request): Promise<Response> {
    const about = `${decodeURIComponent(request.url)} ${await request.clone().text()}`;
    const look = { order: this.nextOrder(), atMs: nowMs(), about, isComplete: this.weather.read === "well" };
    this.looks.push(look);
    switch (this.weather.read) {
      case "well": {
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
    const rewrite = (value: string) => (this.storing.isTolerant ? this.#stored(value) : value);
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
    filtered.headers.set(beside, "filtered");
    return filtered;
  }

  /** The lists of a reply as a read shows them that lags, of one tenant. */
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

  nextLandingMs(): number {
    return Math.min(...this.#landings.map(({ atMs }) => atMs));
  }

  /** What is due arrives. */
  async land(): Promise<void> {
    const atMs = this.nextLandingMs();
    const index = this.#landings.findIndex((landing) => landing.atMs === atMs);
    const [landing] = this.#landings.splice(index, 1);
    if (landing === undefined) return;
    const { send, lagMs, arrival } = landing;
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

/** Of any vendor's dialect. */
function readSent(body: string): Pick<Send, "name" | "reference" | "isRegistered"> {
  const json: { data?: Sent & { attributes?: Sent }; organization?: Sent } & Sent = JSON.parse(body);
  const sent = json.data?.attributes ?? json.data ?? json.organization ?? json;
  const reference = sent.external_ref ?? sent.external_system_reference1 ?? sent.external_id ?? null;
  return { name: sent.name ?? "", reference, isRegistered: typeof sent.registration_id === "string" };
}

/** Of an account in any reply, or in a list's item; empty where there is none. */
function idOf(item: unknown): string {
  const shape = (item ?? {}) as {
    id?: unknown;
    data?: { id?: unknown };
    node?: { id?: unknown };
    organization?: { id?: unknown };
  };
  return String(shape.data?.id ?? shape.node?.id ?? shape.organization?.id ?? shape.id ?? "");
}
