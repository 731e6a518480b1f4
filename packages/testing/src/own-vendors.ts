/** Vendors of the caller's own, each with an adapter and a sandbox. */
import type { Adapter } from "../../../adapters/engine/adapter.ts";
import type { Json } from "../../../schemas/json.ts";
import { answerCreate } from "../../../sandbox/faults.ts";
import { type FaultName, withDefaults } from "../../../sandbox/sandbox.ts";
import { createMemoryStore } from "../../../sandbox/store.ts";

export interface OwnVendor {
  adapter: Adapter;
  /** The settings of a connection, without `id` and `vendor`. `base_url` is by default like `https://acme.sandbox.test`. */
  connection: Readonly<Record<string, unknown>>;
  /** The value of each secret that the settings name. */
  secrets?: Readonly<Record<string, string>>;
  /** Answers every request to the host of `base_url`, as the vendor does. */
  sandbox: (request: Request) => Response | Promise<Response>;
  /** The body of the vendor's errors, for faults in which the vendor rejects the account. Default: JSON:API. */
  rejection?: (detail: string) => Json;
}

/** The address of a vendor's sandbox. */
export const addressOf = ({ vendor }: Adapter): string => `https://${vendor.replaceAll("_", "-")}.sandbox.test`;

const jsonApiRejection = (detail: string): Json => ({ errors: [{ title: detail, detail }] });

/**
 * The vendor's sandbox, with the faults of the built-in sandboxes: the given one in every create, or the one that the create's
 * body names, such as `fault:reset`.
 */
export function withFaults(
  { adapter, sandbox: answer, rejection = jsonApiRejection }: OwnVendor,
  fault: FaultName | undefined,
): (request: Request) => Promise<Response> {
  if (fault === "duplicate")
    throw new TypeError(
      `The scenario \`duplicate\` works only without your own vendors. Create the account in the sandbox of \`${adapter.vendor}\` first`,
    );
  const sandbox = withDefaults({ store: createMemoryStore(), fault });
  return async (request) => {
    if (!isCreate(adapter, request)) return answer(request);
    const body = await request.clone().text();
    const [, named] = /\bfault(?::|%3A)([\w-]+)/i.exec(body) ?? [];
    return answerCreate({
      sandbox,
      request,
      name: named === undefined ? "" : `fault:${named} ${body}`,
      refuse: (status, detail, headers = {}) => Response.json(rejection(detail), { status, headers }),
      create: async () => answer(request),
    });
  };
}

/** Whether the request has the method and the path of the vendor's create. */
function isCreate({ method = "POST", path }: Adapter, request: Request): boolean {
  const expected = path.split("/").slice(1);
  const actual = new URL(request.url).pathname.split("/").slice(-expected.length);
  return request.method === method && expected.every((segment, at) => segment.includes("{") || segment === actual[at]);
}
