// Words for what is not here: rooms that have not come, cannot be followed, or are not for this person.
import { counted } from "./chat";

/** The first fetch of a person's rooms. */
export const firstSyncWords = {
  label: "Rooms on this device",
  coming: (held: number, rooms: number) => `Getting rooms, ${held.toLocaleString()} of ${rooms.toLocaleString()}`,
  paused: (held: number, rooms: number) => `Paused: ${held.toLocaleString()} of ${counted(rooms, "room", "rooms")} are here`,
  done: "All rooms are here.",
};

/** Somebody is in more rooms than their device can follow. */
export const leftOutWords = {
  rooms: (rooms: number) =>
    `You are in more rooms than this device can follow. ${counted(rooms, "room is", "rooms are")} not shown: leave some that you do not need.`,
};

/** A room or document that one is not in. */
export const goneWords = {
  title: "You are not in this room",
  note: "You may have been taken out, or have left. Somebody who is in it can add you.",
  home: "Back to my rooms",
};
