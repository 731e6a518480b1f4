import { systemClock, type Clock } from "./clock.ts";
import type { FaultName } from "./faults.ts";
import type { SandboxStore } from "./store.ts";

export interface SandboxOptions {
  store: SandboxStore;
  clock?: Clock;
  newId?: () => string;
  /** Every create meets it, whatever its account's name asks for. */
  fault?: FaultName | undefined;
}

/** The options with their defaults filled in. */
export interface Sandbox extends SandboxOptions {
  clock: Clock;
  newId: () => string;
}

export const withDefaults = ({
  clock = systemClock,
  newId = () => crypto.randomUUID(),
  ...options
}: SandboxOptions): Sandbox => ({ ...options, clock, newId });
