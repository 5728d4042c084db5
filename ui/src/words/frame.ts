// Words of the window.
export const words = {
  app: "Folkmoot",
  account: "Account",
  settings: "Settings",
  threads: "Threads",
  skipTo: "Skip to messages",
};
