/** `@account-gateway/adapter-kit`: tools to write an adapter, and the suite that tests it. */
export * from "./tools.ts";
export type { AdapterFixtures, Answer, Example, LookupRecord } from "./fixtures.ts";
export { testAdapter } from "./test-adapter.ts";
