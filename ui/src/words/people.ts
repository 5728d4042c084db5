// Words of what people say of themselves: loaded when somebody does.

/** Choosing a status. */
export const chooseStatusWords = {
  open: "Set a status…",
  title: "Status",
  note: "Everyone in your spaces sees it, from all your devices.",
  modeNotes: {
    open: "Online or away, as your devices say.",
    busy: "Answers may take a while. You are still notified.",
    do_not_disturb: "Nothing notifies you.",
  },
  text: "In your words",
  textHint: "One line under your name. May be empty.",
  end: "Ends",
  minutes: (minutes: number) =>
    minutes < 60 ? `In ${minutes} minutes` : minutes === 60 ? "In 1 hour" : `In ${minutes / 60} hours`,
  ends: (when: string, at: string) => `${when}, at ${at}`,
  still: (at: string) => `At ${at}, as it is`,
  today: "At the end of today",
  untilChanged: "When you change it",
  set: "Set status",
  clear: "Clear status",
};
