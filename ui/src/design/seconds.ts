// How long something still takes.
import { now } from "./clock.svelte";

/** Whole seconds until then, never negative; an effect that reads it runs again each second. */
export const secondsUntil = (ms: number): number => Math.max(0, Math.ceil((ms - now()) / 1_000));
