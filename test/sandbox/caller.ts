/** Calls the sandbox through a service binding, as the gateway does. */
export default {
  async fetch(request, { SANDBOX }) {
    try {
      return await SANDBOX.fetch(request);
    } catch {
      return new Response("no response", { status: 599 });
    }
  },
} satisfies ExportedHandler<{ SANDBOX: Fetcher }>;
