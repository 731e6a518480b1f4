import { testAdapter } from "../../adapter-kit/index.ts";
import { garmat } from "../../adapters/garmat.ts";
import { garmatFixtures } from "../fixtures/garmat.ts";

testAdapter(garmat, garmatFixtures);
