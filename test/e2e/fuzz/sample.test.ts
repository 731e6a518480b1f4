// A sample of the runs of `npm run test:long`.
import { useLedgers } from "../../support/workerd/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";
import { fuzzRequests } from "./requests.ts";

useLedgers();
fuzzRequests(counts.sample);
fuzzReplies(counts.sample);
