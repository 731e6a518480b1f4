import { testAdapter } from "../../adapter-kit/index.ts";
import { zendesk } from "../../adapters/zendesk.ts";
import { zendeskFixtures } from "../fixtures/zendesk.ts";

testAdapter(zendesk, zendeskFixtures);
