// How a room is called and drawn: rooms are glyphs, people are circles.
import Archive from "@lucide/svelte/icons/archive";
import Hash from "@lucide/svelte/icons/hash";
import Lock from "@lucide/svelte/icons/lock";
import MessageCircle from "@lucide/svelte/icons/message-circle";
import type { RoomItem } from "../ipc/types/view";
import { words } from "../words/chat";

/** "#field-notes", or the names of the people of a direct room. */
export const roomTitle = (room: RoomItem): string => (room.access === "public" ? `#${room.name}` : room.name);

export function roomGlyph(room: RoomItem) {
  if (room.archived) return Archive;
  return { public: Hash, private: Lock, direct: MessageCircle }[room.access];
}

export function roomKind(room: RoomItem): string {
  if (room.archived) return words.archivedRoom;
  return { public: words.publicRoom, private: words.privateRoom, direct: words.directRoom }[room.access];
}
