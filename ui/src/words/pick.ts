// Words of picking people.

export const pickWords = {
  findPeople: "Find people",
  nobodyFits: "Nobody fits",
  nobodyElse: "You are alone in this space so far.",
  chosen: "Chosen people",
  leaveOut: "(leave out)",
};
