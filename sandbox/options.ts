import { systemClock, type Clock } from "./clock.ts";
import type { SandboxStore } from "./store.ts";

export interface SandboxOptions {
  store: SandboxStore;
  clock?: Clock;
  newId?: () => string;
}

export const withDefaults = ({ store, clock = systemClock, newId = () => crypto.randomUUID() }: SandboxOptions) => ({
  store,
  clock,
  newId,
});

/** The options with their defaults filled in. */
export type Sandbox = ReturnType<typeof withDefaults>;
