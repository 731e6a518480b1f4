/** The kinds of requests that a vendor receives. */
import { planOf, type Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { samples } from "./samples.ts";

interface VendorRequest {
  method: string;
  url: string;
}

const pathOf = ({ url }: VendorRequest): string => new URL(url).pathname;

/** The paths of every vendor's create. A setting of the connection may be part of a path. */
const createPaths = samples.map(({ adapter }) => new RegExp(`${adapter.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`));

/** The path of each token request that one of the vendor's ways to authenticate makes, by the way's `type`. */
const tokenPathsOf = (sample: Sample): Map<unknown, string> =>
  new Map(
    sample.auth.flatMap((auth) => {
      const made = planOf(sample, { auth }).auth;
      return made.kind === "token" ? [[auth["type"], new URL(made.request.url).pathname] as const] : [];
    }),
  );
const tokenPaths = new Set(samples.flatMap((sample) => [...tokenPathsOf(sample).values()]));

/** Where the vendor's client credentials go; `""` if it does not accept any. */
export const tokenPathOf = (sample: Sample): string => tokenPathsOf(sample).get("client_credentials") ?? "";

export const isCreate = (request: VendorRequest): boolean =>
  request.method !== "GET" && createPaths.some((path) => path.test(pathOf(request)));
/** A token request to a vendor, or to the `token_url` of a test. */
export const isTokenRequest = (request: VendorRequest): boolean =>
  tokenPaths.has(pathOf(request)) || pathOf(request).endsWith("/token");
/** An authenticated GET without a query. */
export const isProbe = ({ method, url }: VendorRequest): boolean => method === "GET" && new URL(url).search === "";
export const isLookup = (request: VendorRequest): boolean =>
  !isCreate(request) && !isProbe(request) && !isTokenRequest(request);
