// Words of pinned messages: loaded with the panel and the actions, not with the messages.
import { counted } from "./chat";
import { isolate } from "./isolate";

export const pinWords = {
  title: "Pinned messages",
  inRoom: (room: string) => `Pinned messages in ${isolate(room)}`,
  show: "Pinned messages",
  hide: "Hide pinned messages",
  close: "Close panel",
  pin: "Pin to room",
  unpin: "Unpin",
  jump: "Jump to the message",
  by: (name: string, when: string) => `Pinned by ${isolate(name)}, ${when}`,
  none: "Nothing is pinned yet",
  noneNote: (key: string) =>
    `Walk to a message with the arrow keys and press ${key}, or take “Pin to room” in its menu. Everyone in the room finds it here.`,
  noneToRead: "What is pinned in this room will be found here.",
  offline: "Not on this device; it comes once there is a connection",
  fetching: "Fetching the message",
  full: (most: number, may: boolean) =>
    `At most ${counted(most, "message", "messages")} can be pinned in a room.${may ? " Unpin one to pin another." : ""}`,
  pinned: "Message pinned.",
  unpinned: "Message unpinned.",
};
