// Words of the primitives.
export const words = {
  close: "Close",
  dismiss: "Put away",
  reveal: "Show what is typed",
  cancel: "Cancel",
  availability: { online: "online", away: "away", offline: "offline", busy: "busy", do_not_disturb: "do not disturb" },
};
