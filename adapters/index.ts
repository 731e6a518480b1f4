/** The registry of adapters. */
import { clarus } from "./clarus.ts";
import { elasticPath } from "./elastic-path.ts";
import type { Adapter } from "./engine/adapter.ts";
import { garmat } from "./garmat.ts";
import { hubspot } from "./hubspot.ts";
import { stripe } from "./stripe.ts";
import { zendesk } from "./zendesk.ts";

/** The vendors that the default gateway serves. */
export const adapters: readonly Adapter[] = [clarus, elasticPath, garmat, zendesk];

/** The vendors that the repository has, but the default gateway does not serve. Its bundle does not contain them. */
const otherAdapters: readonly Adapter[] = [hubspot, stripe];

/** Every vendor. Without the comment, the bundler would keep this list. */
export const allAdapters: readonly Adapter[] = /* @__PURE__ */ adapters.concat(otherAdapters);
