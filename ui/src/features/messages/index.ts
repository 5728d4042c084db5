// Messages, for the others: the list of a room, and where they are written.
export { default as Composer } from "./compose/Composer.svelte";
export { draftOf } from "./compose/drafts.svelte";
export { beginEdit, editsIn, takeEdits } from "./compose/edits.svelte";
export { default as MessageList } from "./MessageList.svelte";
export { Scroll } from "./scroll.svelte";
export { Timeline } from "./timeline";
export { messages } from "./manifest";
