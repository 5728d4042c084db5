// A clock that ticks each second while somebody looks at it.
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

/** Now, in Unix milliseconds; an effect that reads it runs again each second. */
export function now(): number {
  subscribe();
  return Date.now();
}
