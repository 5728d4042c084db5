// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const spaces: Manifest = {
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
