// What may be asked for next, the likeliest first.

export const all = [
  () => import("./SignedOut.svelte"),
  () => import("./SignOut.svelte"),
  () => import("./LinkScreen.svelte"),
  () => import("./SignInDialog.svelte"),
  () => import("./LinkDialog.svelte"),
];
