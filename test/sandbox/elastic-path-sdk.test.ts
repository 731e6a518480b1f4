import { serve } from "@hono/node-server";
import { gateway, MemoryStorageFactory } from "@elasticpath/js-sdk";
import { expect, test } from "vitest";
import { credentials } from "../../sandbox/sandboxes.ts";
import { createElasticPathSandbox } from "../../sandbox/elastic-path.ts";
import { createMemoryStore } from "../../sandbox/store.ts";

test("the vendor's client library creates an account and finds it", async () => {
  const app = createElasticPathSandbox({ store: createMemoryStore() });
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, (address) =>
      resolve({ server: listening, port: address.port }),
    );
  });
  try {
    // The options are in a variable, because the client's types do not have the option `protocol`.
    const options = {
      client_id: credentials.elasticPath.clientId,
      client_secret: credentials.elasticPath.clientSecret,
      host: `127.0.0.1:${port}`,
      protocol: "http",
      storage: new MemoryStorageFactory(),
    };
    const { Accounts } = gateway(options);
    const created = await Accounts.Create({
      type: "account",
      name: "acc-name",
      legal_name: "acc-legal-name",
      external_ref: "ext-ref",
    });
    await Accounts.Create({ type: "account", name: "another", legal_name: "another", external_ref: "ext-ref-2" });

    const found = await Accounts.Filter({ eq: { external_ref: "ext-ref" } }).All();
    expect(found.data).toMatchObject([{ id: created.data.id, name: "acc-name", external_ref: "ext-ref" }]);
    expect((await Accounts.Get(created.data.id)).data).toMatchObject({ id: created.data.id });
    await expect(Accounts.Create({ type: "account", name: "", legal_name: "" })).rejects.toMatchObject({
      errors: [{ status: "400", detail: "Validation failed: field 'Name' on the 'min' tag." }],
    });
  } finally {
    server.close();
  }
});
