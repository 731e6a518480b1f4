import { clarus } from "./clarus.ts";
import { elasticPath } from "./elastic-path.ts";
import type { Adapter } from "./engine/adapter.ts";
import { garmat } from "./garmat.ts";
import { zendesk } from "./zendesk.ts";

/** The vendors that the default gateway serves. sandbox/vendors.ts lists every vendor. */
export const adapters: readonly Adapter[] = [clarus, elasticPath, garmat, zendesk];
