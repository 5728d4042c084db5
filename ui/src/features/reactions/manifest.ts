// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const reactions: Manifest = {
  preload: () => import("./preload"),
};
