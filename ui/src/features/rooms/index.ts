// Rooms, for the others: a room that is open, and its row in the sidebar.
export { Room } from "./room.svelte";
export { default as RoomRow } from "./RoomRow.svelte";
export { default as RoomScreen } from "./Room.svelte";
export { rooms } from "./manifest";
