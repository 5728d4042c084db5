// People, for the others: a row in the sidebar, and what tells the engine of the one who is here.
export { default as PersonRow } from "./PersonRow.svelte";
export type { Presence } from "./presence.svelte";
export { people } from "./manifest";
