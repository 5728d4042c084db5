// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const connection: Manifest = {
  actions: () => import("./actions"),
};
