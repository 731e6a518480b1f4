import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { clarus } from "../../adapters/clarus.ts";
import { clarusFixtures } from "../fixtures/clarus.ts";

testAdapter(clarus, clarusFixtures);
