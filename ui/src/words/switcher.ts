// Words of the quick switcher and of the sheet of shortcuts.
export const words = {
  switcher: "Jump to",
  switcherHint: "A room, a document, a person",
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
  shortcutsTitle: "Keyboard shortcuts",
  shortcutGroups: [
    {
      title: "Going around",
      keys: [
        ["Ctrl K", "Jump to a room, document or person"],
        ["Alt ↑ ↓", "Room above, room below"],
        ["Alt Shift ↑ ↓", "Unread room above, below"],
        ["Alt ← →", "Back, forward"],
        ["F6", "Next part of the window"],
        ["Esc", "Close; then mark the room read"],
        ["Ctrl /", "This sheet"],
      ],
    },
    {
      title: "Reading",
      keys: [
        ["↑ ↓", "Message above, below"],
        ["Home End", "First, last message"],
        ["Enter", "Actions of the message"],
        ["+", "Add a reaction"],
        ["R", "Reply"],
        ["E", "Edit"],
        ["U", "Mark unread from here"],
        ["L", "Copy link"],
        ["Del", "Delete, or take back what was not sent"],
      ],
    },
    {
      title: "Writing",
      keys: [
        ["Enter", "Send"],
        ["Shift Enter", "New line"],
        ["↑", "Edit the last message, in an empty box"],
        ["@  :", "Mention, emoji"],
        ["Ctrl B  I  E", "Bold, italic, code"],
        ["Ctrl Shift X", "Strikethrough"],
      ],
    },
  ] as { title: string; keys: [string, string][] }[],
};
