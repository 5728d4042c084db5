// The connection to the server, for the others: what is said of it where it matters.
export { default as Banner } from "./Banner.svelte";
export { linkFact } from "./link_state";
export { connection } from "./manifest";
