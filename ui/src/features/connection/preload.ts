// What may be asked for next, the likeliest first.

export const all = [
  () => import("./FirstSync.svelte"),
  () => import("./LeftOut.svelte"),
  () => import("./NotSentRow.svelte"),
  () => import("./LinkStrip.svelte"),
  () => import("./Connection.svelte"),
  () => import("./NotSent.svelte"),
  () => import("./parts"),
];
