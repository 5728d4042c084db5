// Words of dialogs: loaded with the first of them.
import { isolate } from "./isolate";
import { counted } from "./chat";

export const dialogs = {
  name: "Name",
  topic: "Topic",
  topicHint: "What belongs here, in a few words. May be empty.",
  access: "Who may come in",
  accessPublic: "Public",
  accessPublicNote: "Every member of the space can read and join.",
  accessPrivate: "Private",
  accessPrivateNote: "Only people who are added. Others do not see that it exists.",
  createRoom: "Create room",
  save: "Save",
  browseNote: "Public rooms of this space that you are not in.",
  browseEmpty: "You are in every public room.",
  view: "Read",
  startDirect: "Start",
  directNote: "With one person or several. The same people always meet in the same conversation.",
  findPeople: "Find people",
  nobodyFits: "Nobody fits",
  nobodyElse: "You are alone in this space so far.",
  chosen: "Chosen people",
  leaveOut: "(leave out)",
  whoIsIn: "Who is in",
  inviteTitle: "Invite someone",
  inviteNote: "The link lets one more person join. Send it to them by any means you trust.",
  inviteRole: "They join as",
  roleMember: "Member",
  roleMemberNote: "Opens rooms and documents, joins public rooms.",
  roleGuest: "Guest",
  roleGuestNote: "Only in the rooms that they are added to.",
  roleAdmin: "Admin",
  roleAdminNote: "Also manages members, invitations and every room.",
  makeLink: "Make the link",
  copy: "Copy link",
  inviteLocal:
    "Only this computer can reach the space so far. Open it to the network first, or the link works for nobody else.",
};

/** The people of a space and their roles. */
export const peopleWords = {
  open: "People and roles…",
  title: "People and roles",
  note: "Owners do everything. Admins manage members, invitations and every room.",
  noteReader: "Owners and admins change roles.",
  roleOf: (name: string) => `Role of ${isolate(name)}`,
  remove: (name: string) => `Remove ${isolate(name)} from the space`,
  removeNote: (name: string) =>
    `${isolate(name)} is sent nothing more of this space, and their devices forget it. What they wrote stays.`,
  removeAction: "Remove",
  leave: "Leave the space",
  leaveNote: "This device forgets the space. To come back you need an invitation.",
  leaveAction: "Leave",
};

/** Choosing a status. */
export const chooseStatusWords = {
  open: "Set a status…",
  title: "Status",
  note: "Everyone in your spaces sees it, from all your devices.",
  modeNotes: {
    open: "Online or away, as your devices say.",
    busy: "Answers may take a while. You are still notified.",
    do_not_disturb: "Nothing notifies you.",
  },
  text: "In your words",
  textHint: "One line under your name. May be empty.",
  end: "Ends",
  minutes: (minutes: number) =>
    minutes < 60 ? `In ${minutes} minutes` : minutes === 60 ? "In 1 hour" : `In ${minutes / 60} hours`,
  ends: (when: string, at: string) => `${when}, at ${at}`,
  still: (at: string) => `At ${at}, as it is`,
  today: "At the end of today",
  untilChanged: "When you change it",
  set: "Set status",
  clear: "Clear status",
};

/** What the server did not take. */
export const notSentWords = {
  title: "Not sent",
  note: "The server did not take these. They are kept on this device until you send them again or discard them.",
  empty: "Everything was taken",
  lost: "in a place that is no longer on this device",
  copy: "Copy text",
  copied: "Text copied.",
  notCopied: "The clipboard did not take the text.",
  look: (count: number) => counted(count, "change", "changes"),
};

/** The details of the link. */
export const connectionWords = {
  server: "Server",
  catchingNote: "Fetching what was missed.",
  waiting: "Waiting to be sent",
  secrets: "Keys of this device",
  secretsKept: {
    keyring: "in the system's keyring",
    passphrase: "behind your passphrase",
    file: "in a file only you can read: this system has no keyring",
  },
  hostStopped: "The server on this computer is not running.",
};
