// Words of the quick switcher.
export const words = {
  switcher: "Jump to",
  switcherHint: "A room, a document, a person, or > for actions",
  groups: {
    recent: "Recent",
    room: "Rooms",
    open_room: "Rooms to join",
    document: "Documents",
    person: "People",
    scattered: "Letters scattered",
  },
  nothingFits: "Nothing fits",
  enterOpens: "Enter opens",
  ctrlEnter: "Ctrl Enter opens beside",
  nextUnread: "Enter goes to the next unread",
};
