// What may be asked for next, the likeliest first.

export const all = [
  () => import("./space_menu"),
  () => import("./Invite.svelte"),
  () => import("./SpacePeople.svelte"),
];
