// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const settings: Manifest = {
  routes: { settings: { load: () => import("./Settings.svelte"), over: true } },
  actions: () => import("./actions"),
  settings: () => import("./parts"),
  preload: () => import("./preload"),
};
