/** The kinds of requests that a vendor receives. */
interface VendorRequest {
  method: string;
  url: string;
}

const pathOf = ({ url }: VendorRequest): string => new URL(url).pathname;

export const isCreate = (request: VendorRequest): boolean =>
  request.method === "POST" && /\/(?:accounts|organizations)$/.test(pathOf(request));
export const isTokenRequest = (request: VendorRequest): boolean => /tokens?$|\/authenticate$/.test(pathOf(request));
/** An authenticated GET without a query. */
export const isProbe = ({ method, url }: VendorRequest): boolean => method === "GET" && new URL(url).search === "";
export const isLookup = (request: VendorRequest): boolean =>
  !isCreate(request) && !isProbe(request) && !isTokenRequest(request);
