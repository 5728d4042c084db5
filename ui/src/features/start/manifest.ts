// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const start: Manifest = {
  phases: {
    first_run: { load: () => import("./FirstRun.svelte") },
    locked: { load: () => import("./Locked.svelte") },
  },
  routes: { link: { load: () => import("./LinkScreen.svelte"), whole: true } },
  notes: [
    {
      where: "main",
      when: (session) => session.app?.phase === "signed_out",
      load: () => import("./SignedOut.svelte"),
    },
  ],
  settings: () => import("./parts"),
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
