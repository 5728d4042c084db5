// Words of rooms, messages and the sidebar.
import { isolate } from "./isolate";

/** "1 message", "3 messages". */
export const counted = (count: number, one: string, several: string): string =>
  `${count.toLocaleString()} ${count === 1 ? one : several}`;

export const words = {
  today: "Today",
  yesterday: "Yesterday",
  fresh: "New",
  you: "You",

  // Sidebar
  jump: "Jump to…",
  channels: "Channels",
  direct: "Direct messages",
  documents: "Documents",
  people: "People",
  moreRows: (count: number) => `${count.toLocaleString()} more`,
  newRoom: "New room",
  newDirect: "New direct message",
  newDocument: "New document",
  browse: "Browse rooms",
  spaceMenu: (space: string) => `${isolate(space)}: menu`,
  elsewhere: (what: string) => `In other spaces: ${what.toLocaleLowerCase()}`,
  unread: (count: number) => `${counted(count, "unread message", "unread messages")}`,
  mentions: (count: number) => `${counted(count, "mention", "mentions")}`,
  notSent: (count: number) => `${counted(count, "change", "changes")} saved here, not sent yet`,
  hereNow: (names: string) => `Here now: ${names}`,
  draft: "Draft",
  sidebar: "Rooms, documents and people",

  // Room
  publicRoom: "Public room",
  privateRoom: "Private room",
  directRoom: "Direct message",
  archivedRoom: "Archived room",
  members: "Members",
  membersCount: (count: number) => counted(count, "member", "members"),
  pins: (count: number) => counted(count, "pinned message", "pinned messages"),
  openDirectWith: (name: string) => `Message ${isolate(name)}`,
  roomMenu: "Room menu",
  notifyNothing: "Nothing",
  linkCopied: "Link copied.",
  linkNotCopied: "The clipboard did not take the link.",
  room: "Room",
  messages: (room: string) => `Messages in ${isolate(room)}`,
  beginning: (room: string) => `This is the beginning of ${isolate(room)}.`,
  beginningDirect: (names: string) => `This is the beginning of your conversation with ${names}.`,
  loadingOlder: "Fetching older messages",
  jumpToNew: (count: number) => `${count.toLocaleString()} new, jump`,
  jumpToLatest: "Jump to the latest",

  // Message
  deleted: "Message deleted",
  pinned: "Pinned",
  edited: "edited",
  editedBy: (name: string) => `edited by ${isolate(name)}`,
  quoteDeleted: "Deleted message",
  quoteNotHeld: "A message that is not on this device",
  messageOffline: "That message is not on this device. It can be fetched when you are online.",
  messageNowhere: "There is no such message here, or not any more.",
  inReplyTo: (name: string) => `In reply to ${isolate(name)}`,
  saved: "Saved on this device",
  savedOffline: "Saved on this device, will send when you are back",
  sending: "Sending",
  someMore: (count: number) => `and ${count} more`,

  // Composer
  messageTo: (room: string) => `Message ${isolate(room)}`,
  send: "Send",
  replyingTo: (name: string) => `Replying to ${isolate(name)}`,
  cancelReply: "Cancel reply",
  unarchive: "Take out of the archive",
  archivedBar: "This room is archived. It can be read, not written in.",
  joinBar: (room: string) => `You are reading ${isolate(room)} without having joined.`,
  join: "Join room",
  signedOutBar: "You are signed out. What is on this device can be read.",
  suggestPeople: "People",
  suggestEmoji: "Emoji",

  typing(names: string[]): string {
    if (names.length === 0) return "";
    if (names.length === 1) return `${isolate(names[0]!)} is typing`;
    if (names.length === 2) return `${isolate(names[0]!)} and ${isolate(names[1]!)} are typing`;
    return "Several people are typing";
  },
  announced(counts: Map<string, number>): string {
    const parts = [...counts].map(
      ([name, count]) => `${count === 1 ? "1 message" : `${count} messages`} from ${isolate(name)}`,
    );
    return `New: ${parts.join(", ")}.`;
  },
};

/** The state of the link to the server, as facts. */
export const linkWords = {
  connecting: "Connecting",
  catchingUp: "Catching up",
  online: "Connected",
  savedHere: "Saved on this device",
  offline: "Offline",
  never: "Working offline",
  outdated: "Update needed",
  signedOut: "Signed out",
  details: "Connection details",
};

/** What somebody says of themself, in a line. */
export const statusWords = {
  modes: { open: "Available", busy: "Busy", do_not_disturb: "Do not disturb" },
  until: (what: string, at: string) => `${what}, until ${at}`,
};
