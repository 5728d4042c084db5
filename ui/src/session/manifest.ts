// What a feature gives the frame, which knows no feature but by this. Types alone.
import type { Action } from "./actions.svelte";

export interface Manifest {
  /** What can be done: loaded after the first screen. */
  actions?: () => Promise<{ all: readonly Action[] }>;
}
