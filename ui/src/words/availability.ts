// How available somebody is.
export const availabilityWords = {
  online: "online",
  away: "away",
  offline: "offline",
  busy: "busy",
  do_not_disturb: "do not disturb",
};
