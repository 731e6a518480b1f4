// All runs, of which `npm test` makes a sample, for every other vendor: all vendors do not fit in the memory of one test file.
import { useLedgers, vendors } from "../../support/workerd/ledger.ts";
import { counts } from "./counts.ts";
import { fuzzReplies } from "./replies.ts";

const asked = vendors.filter((_, index) => index % 2 === 1);

useLedgers();
fuzzReplies(counts.whole, 3_600_000, asked);
