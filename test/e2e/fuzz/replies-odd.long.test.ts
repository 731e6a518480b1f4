// The whole of what `npm test` makes a sample of, for every other vendor: a test file's memory does not hold them all.
import { useLedgers, vendors } from "../workerd/ledger/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";

const asked = vendors.filter((_, index) => index % 2 === 1);

useLedgers();
fuzzReplies(counts.whole, 3_600_000, asked);
