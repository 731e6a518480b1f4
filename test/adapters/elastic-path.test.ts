import { testAdapter } from "../../adapter-kit/index.ts";
import { elasticPath } from "../../adapters/elastic-path.ts";
import { elasticPathFixtures } from "../fixtures/elastic-path.ts";

testAdapter(elasticPath, elasticPathFixtures);
