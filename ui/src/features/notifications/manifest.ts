// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const notifications: Manifest = {
  notes: [
    {
      where: "account",
      when: ({ app }) => Boolean(app?.paused_until_ms),
      load: () => import("./Paused.svelte"),
    },
  ],
  actions: () => import("./actions"),
  settings: () => import("./parts"),
  preload: () => import("./preload"),
};
