// Words of going around by keys.
export const go = {
  nextUnread: "Next unread room",
  above: "Room above",
  below: "Room below",
  unreadAbove: "Unread room above",
  unreadBelow: "Unread room below",
  back: "Back",
  forward: "Forward",
  part: "Next part of the window",
  partBefore: "Part of the window before",
  close: "Close; then mark the room read",
};
