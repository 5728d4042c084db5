// What may be asked for next, the likeliest first.

export const all = [
  () => import("./ThreadsRow.svelte"),
  () => import("./ThreadPanel.svelte"),
  () => import("./Threads.svelte"),
];
