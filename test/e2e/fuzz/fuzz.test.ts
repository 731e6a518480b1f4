// A sample of what `npm run test:long` makes in whole.
import { useLedgers } from "../workerd/ledger/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";
import { fuzzRequests } from "./requests.ts";

useLedgers();
fuzzRequests(counts.sample);
fuzzReplies(counts.sample);
