// Words of the window.
export const words = {
  skipTo: "Skip to messages",
  noSpace: "You are in no space",
  noSpaceNote: "Ask somebody for an invitation, and open its link.",
  pickRoom: "No room is open",
  pickRoomNote: "Jump to one by its name.",
  pickRoomAction: "Jump to…",
};
