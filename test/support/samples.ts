/** Every adapter of the registry, with its fixtures. */
import type { AdapterFixtures, Sample } from "../../packages/adapter-kit/src/fixtures.ts";
import { adapters } from "../../adapters/index.ts";
import { clarusFixtures } from "../fixtures/clarus.ts";
import { elasticPathFixtures } from "../fixtures/elastic-path.ts";
import { garmatFixtures } from "../fixtures/garmat.ts";
import { zendeskFixtures } from "../fixtures/zendesk.ts";

const fixtures: Record<string, AdapterFixtures> = {
  clarus: clarusFixtures,
  elastic_path: elasticPathFixtures,
  garmat: garmatFixtures,
  zendesk: zendeskFixtures,
};

/** Throws if an adapter has no fixtures, because the suites would not test it. */
export const samples: readonly Sample[] = adapters.map((adapter) => {
  const own = fixtures[adapter.vendor];
  if (own === undefined)
    throw new Error(`${adapter.vendor} has no fixtures. Add them here, so that the suites test it.`);
  return { adapter, ...own };
});

export function sampleOf(vendor: string): Sample {
  const sample = samples.find(({ adapter }) => adapter.vendor === vendor);
  if (sample === undefined) throw new Error(`No fixtures of ${vendor}`);
  return sample;
}
