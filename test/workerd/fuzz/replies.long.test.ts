// The whole of what `npm test` makes a sample of.
import { useLedgers } from "../ledger/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";

useLedgers();
fuzzReplies(counts.whole, 3_600_000);
