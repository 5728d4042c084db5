// What may be asked for next, the likeliest first.

export const all = [
  () => import("./SignedOut.svelte"),
  () => import("./parts"),
  () => import("./LinkScreen.svelte"),
  () => import("./SignInDialog.svelte"),
  () => import("./LinkDialog.svelte"),
];
