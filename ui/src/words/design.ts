// Words of the primitives.
export const words = {
  close: "Close",
  dismiss: "Put away",
  reveal: "Show what is typed",
  cancel: "Cancel",
};
