// Words of the window.
export const words = {
  app: "Folkmoot",
  account: "Account",
  settings: "Settings",
  skipTo: "Skip to messages",
};
