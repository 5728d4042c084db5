// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const connection: Manifest = {
  notes: [
    {
      where: "sidebarTop",
      when: ({ app }) => (app?.not_sent.length ?? 0) > 0,
      load: () => import("./NotSentRow.svelte"),
    },
    { where: "sidebar", when: ({ app }) => Boolean(app?.first_sync), load: () => import("./FirstSync.svelte") },
    { where: "sidebar", when: ({ app }) => Boolean(app?.left_out), load: () => import("./LeftOut.svelte") },
  ],
  settings: () => import("./parts"),
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
