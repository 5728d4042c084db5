// Spaces, for the others: the name of the one that is shown, with its menu.
export { default as SpaceMenu } from "./SpaceMenu.svelte";
export { spaces } from "./manifest";
