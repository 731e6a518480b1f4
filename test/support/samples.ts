/** Every vendor of the registry: its adapter, its sandbox and the fixtures of its own file in `test/fixtures/`. */
import type { AdapterFixtures, Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { namesOf } from "../../scripts/new-adapter-files.ts";
import { sandboxes } from "../../sandbox/sandboxes.ts";
import type { DemoFixtures } from "../fixtures/demo.ts";

export interface RegisteredSample extends Sample {
  demo: DemoFixtures;
  sandbox: (typeof sandboxes)[number];
}

/** Throws if a vendor has no fixtures, because the suites would not test it. */
export const samples: readonly RegisteredSample[] = await Promise.all(
  sandboxes.map(async (sandbox) => {
    const { adapter, connection } = sandbox;
    const { file, value } = namesOf(adapter.vendor.replaceAll("_", "-"));
    const exported: Record<string, unknown> = await import(`../fixtures/${file}.ts`);
    const fixtures = exported[`${value}Fixtures`] as AdapterFixtures | undefined;
    const demo = exported[`${value}Demo`] as DemoFixtures | undefined;
    if (fixtures === undefined || demo === undefined)
      throw new Error(`test/fixtures/${file}.ts must export ${value}Fixtures and ${value}Demo`);
    if (connection.vendor !== adapter.vendor)
      throw new Error(`The demo connection in sandbox/${file}.ts must have the vendor ${adapter.vendor}`);
    return { adapter, ...fixtures, demo, sandbox };
  }),
);

export function sampleOf(vendor: string): RegisteredSample {
  const sample = samples.find(({ adapter }) => adapter.vendor === vendor);
  if (sample === undefined) throw new Error(`No fixtures of ${vendor}`);
  return sample;
}
