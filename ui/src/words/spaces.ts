// Words of spaces: of what is done in one, of inviting, and of the people in it.
import { isolate } from "./isolate";

export const spaceWords = {
  invite: "Invite someone…",
  joinByLink: "Join with a link…",
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
