// Documents, for the others: a row in the sidebar. The editors are loaded when one is opened.
export { default as DocumentRow } from "./DocumentRow.svelte";
export { documents } from "./manifest";
