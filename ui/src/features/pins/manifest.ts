// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const pins: Manifest = {
  panel: { pins: { load: () => import("./PinsPanel.svelte") } },
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
