// Reactions, for the others: those of one message.
export { default as Reactions } from "./Reactions.svelte";
export { reactions } from "./manifest";
