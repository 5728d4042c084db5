// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const start: Manifest = {
  actions: () => import("./actions"),
};
