import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { garmat } from "../../adapters/garmat.ts";
import { garmatFixtures } from "../fixtures/garmat.ts";

testAdapter(garmat, garmatFixtures);
