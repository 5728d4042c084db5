// Rooms, for the others.
export { rooms } from "./manifest";
export { Room } from "./room.svelte";
