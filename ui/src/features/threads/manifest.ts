// What this feature gives the frame.
import type { Manifest } from "../../session/manifest";

export const threads: Manifest = {
  routes: { threads: { load: () => import("./Threads.svelte") } },
  panel: { thread: { load: () => import("./ThreadPanel.svelte") } },
  rows: [() => import("./ThreadsRow.svelte")],
  actions: () => import("./actions"),
  preload: () => import("./preload"),
};
