// Words for what is not here: the server, rooms that have not come, cannot be followed, or are not for this person.
import { counted } from "./chat";
import { isolate } from "./isolate";

/** The first fetch of a person's rooms. */
export const firstSyncWords = {
  label: "Rooms on this device",
  coming: (held: number, rooms: number) => `Getting rooms, ${held.toLocaleString()} of ${rooms.toLocaleString()}`,
  paused: (held: number, rooms: number) =>
    `Paused: ${held.toLocaleString()} of ${counted(rooms, "room", "rooms")} are here`,
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

/** A room that is known, and of which nothing has come. */
export const notHeldWords = {
  title: "This room is not on this device yet",
  offline: "It will be fetched as soon as the server can be reached.",
  fetching: "Fetching it now.",
};

/** No room is open, since there is none, or none yet. */
export const noRoomWords = {
  coming: "Your rooms are not on this device yet",
  comingNow: "They appear here as they come.",
  comingLater: "They will be fetched as soon as the server can be reached.",
  noSpace: "You are in no space",
  noSpaceNote: "Ask somebody for an invitation, and open its link.",
  joinByLink: "Join with a link",
  pickRoom: "No room is open",
  pickRoomNote: "Jump to one by its name.",
};

/** Why nothing comes or goes, in a strip above what is read. */
export const stripWords = {
  offlineHead: "Offline.",
  tryingIn: (seconds: number) => (seconds > 0 ? `Trying again in ${seconds} s.` : "Trying now."),
  neverHead: "Offline by choice.",
  neverNote: "This window was started without a connection.",
  outdatedHead: "An update is needed.",
  outdatedNote: (who: string) => `The version of ${who} is too old to talk. Everything stays on this device.`,
  pending: (count: number) =>
    count === 0 ? "" : `${counted(count, "change is", "changes are")} saved on this device.`,
  tryNow: "Try now",
  signedOutHead: "Signed out.",
  quarantined: (folder: string) =>
    `The store on this device was damaged. It was put aside in ${folder} and built anew; what was unsent is kept.`,
};

/** Where nothing can be written. */
export const notWritableWords = {
  unarchive: "Take out of the archive",
  archived: "This room is archived. It can be read, not written in.",
  reading: (room: string) => `You are reading ${isolate(room)} without having joined.`,
  join: "Join room",
  signedOut: "You are signed out. What is on this device can be read.",
};
