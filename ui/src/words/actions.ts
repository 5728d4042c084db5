// The groups of actions, in their order. A menu has a line between two groups; in the palette and on the sheet of shortcuts
// those of one title stand together.

export const GROUPS = {
  answer: "Message",
  message: "Message",
  messageEnd: "Message",
  refused: "Message that was not sent",
  list: "Reading",
  rows: "In a list",
  threads: "Threads",
  pins: "Pinned messages",
  marks: "Writing a message",
  insert: "Writing a message",
  send: "Writing a message",
  history: "Writing a document",
  headings: "Writing a document",
  format: "Writing a document",
  blocks: "Writing a document",
  roomNotify: "Room",
  room: "Room",
  roomEnd: "Room",
  document: "Document",
  documentEnd: "Document",
  space: "Space",
  account: "Account",
  notifications: "Notifications",
  connection: "Connection",
  app: "App",
  accountEnd: "Account",
  go: "Going around",
} as const;

export type Group = keyof typeof GROUPS;

/** The sheet of shortcuts, and the palette. */
export const words = {
  shortcuts: "Keyboard shortcuts",
  sign: ">",
  hint: "Type > to run an action",
  runs: "Enter runs it",
  none: "No action fits",
  noneNote: "Another word may, or a shorter one.",
  list: "Actions",
  rowAbove: "Row above",
  rowBelow: "Row below",
  rowFirst: "First row",
  rowLast: "Last row",
};
