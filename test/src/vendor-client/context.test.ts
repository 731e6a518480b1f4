/** For every request to a vendor: its trace, its user agent, and whether it goes to the network or the sandbox. */
import { http, HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import {
  creates,
  createUrls,
  demoConnections,
  demoVariables,
  tokenRequests,
  openGateway,
  useVendors,
  configureVendors,
} from "../../support/gateway.ts";

useVendors();

describe.each(demoConnections)("%s: trace context", (connection) => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const parent = "00f067aa0ba902b7";
  const sentWith = async (headers: Record<string, string>) => {
    await openGateway().create(connection, { name: "Acme" }, { headers });
    const [create] = creates();
    for (const exchange of tokenRequests())
      expect(exchange.headers["traceparent"]?.slice(0, 35)).toBe(create?.headers["traceparent"]?.slice(0, 35));
    return create?.headers["traceparent"]?.split("-") ?? [];
  };

  test.each(["00", "01"])("the gateway continues the caller's trace with its own span (flags %s)", async (flags) => {
    const [version, traceId, span, sentFlags] = await sentWith({ traceparent: `00-${trace}-${parent}-${flags}` });
    expect([version, traceId, sentFlags]).toEqual(["00", trace, flags]);
    expect(span).toMatch(/^[0-9a-f]{16}$/);
    expect(span).not.toBe(parent);
  });

  test.each([
    ["no header", undefined],
    ["an invalid header", "garbage"],
    ["an all-zero trace", `00-${"0".repeat(32)}-${parent}-01`],
    ["an all-zero parent", `00-${trace}-${"0".repeat(16)}-01`],
    ["capitals", `00-${trace.toUpperCase()}-${parent}-01`],
    ["version ff, which is invalid", `ff-${trace}-${parent}-01`],
    ["extra text after version 00", `00-${trace}-${parent}-01-extra`],
  ])("%s: the gateway starts a new trace", async (_, traceparent) => {
    const [version, traceId, span] = await sentWith(traceparent === undefined ? {} : { traceparent });
    expect(version).toBe("00");
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(traceId).not.toBe(trace);
    expect(span).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
  });

  test("the gateway sends a User-Agent", async () => {
    await openGateway().create(connection, { name: "Acme" });
    for (const { headers } of [...creates(), ...tokenRequests()])
      expect(headers["user-agent"]).toBe(`${packageJson.name}/${packageJson.version}`);
  });
});

describe("the sandbox", () => {
  const bound = (answered: string[]) => ({
    fetch: async (input: RequestInfo | URL) => {
      answered.push(new Request(input).url);
      return Response.json({ id: "from-the-binding", name: "Acme", type: "customer", status: "active" });
    },
  });

  test("its hosts are called through the binding, if there is one", async () => {
    const answered: string[] = [];
    const { account } = await openGateway({ ...demoVariables(), SANDBOX: bound(answered) }).create("demo-garmat", {
      name: "Acme",
    });
    expect(account?.id).toBe("from-the-binding");
    expect(answered).toEqual([createUrls["demo-garmat"]]);
    expect(creates()).toEqual([]);
  });

  test.each(["https://garmat.example", "https://sandbox.test.example", "https://notsandbox.test"])(
    "%s is not a sandbox host",
    async (base_url) => {
      const answered: string[] = [];
      configureVendors(
        {},
        http.post(`${base_url}/api/accounts`, () =>
          HttpResponse.json({ id: "from-the-network", name: "Acme", type: "customer", status: "active" }),
        ),
      );
      const { account } = await openGateway({
        ...demoVariables({ base_url }, "demo-garmat"),
        SANDBOX: bound(answered),
      }).create("demo-garmat", { name: "Acme" });
      expect(account?.id).toBe("from-the-network");
      expect(answered).toEqual([]);
    },
  );
});
