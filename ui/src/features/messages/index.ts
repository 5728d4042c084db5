// Messages, for the others: a talk, the list of its messages, and where they are written.
export { default as Foot } from "./Foot.svelte";
export { default as MessageList } from "./MessageList.svelte";
export { Scroll } from "./scroll.svelte";
export { Talk } from "./talk.svelte";
export { messages } from "./manifest";
