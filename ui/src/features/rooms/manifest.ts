// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const rooms: Manifest = {
  actions: () => import("./actions"),
};
