// Words of rooms, messages and the sidebar.
import { isolate } from "./isolate";

/** "1 message", "3 messages". */
export const counted = (count: number, one: string, several: string): string =>
  `${count.toLocaleString()} ${count === 1 ? one : several}`;

export const words = {
  today: "Today",
  yesterday: "Yesterday",
  todayAt: (time: string) => `today ${time}`,
  fresh: "New",
  you: "You",

  // Sidebar
  jump: "Jump to…",
  channels: "Channels",
  direct: "Direct messages",
  documents: "Documents",
  people: "People",
  moreRows: (count: number) => `${count.toLocaleString()} more`,
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
  inThread: "replied in a thread",
  replies: (count: number) => counted(count, "reply", "replies"),
  last: (when: string) => `last ${when}`,
  newReplies: (count: number) => `${count.toLocaleString()} new`,
  inReplyTo: (name: string) => `In reply to ${isolate(name)}`,
  saved: "Saved on this device",
  savedOffline: "Saved on this device, will send when you are back",
  sending: "Sending",
  someMore: (count: number) => `and ${count} more`,

  // Composer
  messageTo: (room: string) => `Message ${isolate(room)}`,
  send: "Send",

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
