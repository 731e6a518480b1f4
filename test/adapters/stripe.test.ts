import { testAdapter } from "../../packages/adapter-kit/src/index.ts";
import { stripe } from "../../adapters/stripe.ts";
import { stripeFixtures } from "../fixtures/stripe.ts";

testAdapter(stripe, stripeFixtures);
