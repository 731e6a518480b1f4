// All runs for every second vendor. One test file does not have enough memory for all vendors.
import { useLedgers, vendors } from "../../support/workerd/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";

const half = vendors.filter((_, index) => index % 2 === 0);

useLedgers();
fuzzReplies(counts.whole, 3_600_000, half);
