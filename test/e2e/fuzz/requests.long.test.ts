// The whole of what `npm test` makes a sample of.
import { useLedgers } from "../workerd/ledger/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzRequests } from "./requests.ts";

useLedgers();
fuzzRequests(counts.whole, 3_600_000);
