// Words of the menu on a link.
export const words = {
  menu: "Link",
  open: "Open outside of Folkmoot",
  go: "Open",
  copy: "Copy link",
  copied: "Link copied.",
  notCopied: "The clipboard did not take the link.",
};
