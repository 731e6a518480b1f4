import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { stripe } from "../../adapters/stripe.ts";
import { createStripeSandbox } from "../../sandbox/stripe.ts";
import { stripeFixtures } from "../fixtures/stripe.ts";
import { testSandbox } from "../sandbox/test-sandbox.ts";

testAdapter(stripe, stripeFixtures);
testSandbox({ adapter: stripe, ...stripeFixtures }, createStripeSandbox);
