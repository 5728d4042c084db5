// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const documents: Manifest = {
  actions: () => import("./actions"),
};
