// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const people: Manifest = {
  actions: () => import("./actions"),
};
