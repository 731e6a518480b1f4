// All runs. `npm test` makes only a sample of them.
import { useLedgers } from "../../support/workerd/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzRequests } from "./requests.ts";

useLedgers();
fuzzRequests(counts.whole, 3_600_000);
