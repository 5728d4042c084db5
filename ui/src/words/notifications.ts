// Words of notifications.

export const words = {
  pause: "Pause notifications",
  half_an_hour: "30 minutes",
  an_hour: "1 hour",
  until_morning: "Until tomorrow",
  pauseFor: (length: string) => `Pause notifications: ${length.toLocaleLowerCase()}`,
  resume: "Resume notifications",
  on: "They are shown as they come.",
  pausedUntil: (at: string) => `Paused until ${at}`,
  pausedNote: (at: string) => `Paused until ${at}. What comes meanwhile is listed, and not shown.`,
  notDisturbed: "Your status is Do not disturb: nothing notifies you while it lasts.",
  what: "What notifies you",
  whatNote: "Direct messages, and in rooms what mentions you. The menu of a room changes it for that room.",
  others: "Rooms with a level of their own",
  levels: { all: "Every message", mentions: "Mentions only", nothing: "Nothing" },
};
