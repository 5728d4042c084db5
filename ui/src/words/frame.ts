// Words of the window.
export const words = {
  app: "Folkmoot",
  skipTo: "Skip to messages",
  coming: "Your rooms are not on this device yet",
  comingNow: "They appear here as they come.",
  comingLater: "They will be fetched as soon as the server can be reached.",
  noSpace: "You are in no space",
  noSpaceNote: "Ask somebody for an invitation, and open its link.",
  joinByLink: "Join with a link",
  pickRoom: "No room is open",
  pickRoomNote: "Jump to one by its name.",
  pickRoomAction: "Jump to…",
};
