// How far something has come, told without a flicker: a step back is told at once, a step forward when it has been so for a while.
import { untrack } from "svelte";

const FORWARD_MS = 300;

/** `now`: how far it has come; `back`: is that less than what is told? */
export function calm<T>(now: () => T, back: (now: T, told: T) => boolean): { readonly told: T } {
  let told = $state.raw(untrack(now));
  $effect(() => {
    const next = now();
    const before = untrack(() => told);
    if (next === before) return;
    if (back(next, before)) return void (told = next);
    const timer = setTimeout(() => (told = next), FORWARD_MS);
    return () => clearTimeout(timer);
  });
  return {
    get told() {
      return told;
    },
  };
}
