import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { elasticPath } from "../../adapters/elastic-path.ts";
import { elasticPathFixtures } from "../fixtures/elastic-path.ts";

testAdapter(elasticPath, elasticPathFixtures);
