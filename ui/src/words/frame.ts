// Words of the window.
export const words = {
  app: "Folkmoot",
  skipTo: "Skip to messages",
};
