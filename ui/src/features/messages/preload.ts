// What may be asked for next, the likeliest first.

export const all = [
  () => import("./JumpToEnd.svelte"),
  () => import("./compose/suggest"),
  () => import("./compose/Suggestions.svelte"),
  () => import("./compose/Answering.svelte"),
  () => import("./compose/markup"),
  () => import("./MessageTools.svelte"),
  () => import("./compose/EditMessage.svelte"),
  () => import("./compose/EditsElsewhere.svelte"),
  () => import("./ConfirmDelete.svelte"),
  () => import("./Refusals.svelte"),
  () => import("./NotWritable.svelte"),
];
