// Words of the panel.
export const words = {
  panel: "Panel",
  resize: "Width of the panel",
};
