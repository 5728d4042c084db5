// What may be asked for next, the likeliest first.

export const all = [
  () => import("./EmptyRoom.svelte"),
  () => import("./NotHeld.svelte"),
  () => import("./Members.svelte"),
  () => import("./NewRoom.svelte"),
  () => import("./BrowseRooms.svelte"),
  () => import("./NewDirect.svelte"),
  () => import("./ChangeRoom.svelte"),
  () => import("./AddPeople.svelte"),
  () => import("./ConfirmOut.svelte"),
];
